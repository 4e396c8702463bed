import type { ContentFiles, ContentIndex } from '../../ports/contents.js';
import { expireContents } from './expire.js';

/** What was needed less long ago stays in any case: an upload may still be on its way to its build. */
const SHORTEST_KEEP_MS = 60 * 60_000;

/**
 * While less than the reserve is free, deletes contents that nothing has needed for a time that is halved again and again. Gives how
 * many went.
 */
export async function relieveDisk(
  deps: { readonly contents: ContentIndex; readonly files: ContentFiles },
  options: {
    readonly keepMs: number;
    readonly reserveBytes: number;
    /** Null where it cannot be told. */
    readonly freeBytes: () => Promise<number | null>;
  },
): Promise<number> {
  let gone = 0;
  for (let keepMs = options.keepMs / 2; keepMs >= SHORTEST_KEEP_MS; keepMs /= 2) {
    const free = await options.freeBytes();
    if (free === null || free >= options.reserveBytes) break;
    gone += await expireContents(deps, keepMs);
  }
  return gone;
}
