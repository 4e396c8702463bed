import type { ContentFiles, ContentIndex } from '../../ports/contents.js';
import { expireContents } from './expire.js';
import { relieveDisk } from './relieve-disk.js';

const MINUTE_MS = 60_000;
const MINUTES_BETWEEN_LOOKS = 60;

/**
 * Looks for contents that nothing needs any more once an hour, and soon after the start; for room on the disk every minute. Gives the
 * function that stops it.
 */
export function startExpiry(
  deps: { readonly contents: ContentIndex; readonly files: ContentFiles },
  options: {
    readonly keepMs: number;
    readonly reserveBytes: number;
    readonly freeBytes: () => Promise<number | null>;
    readonly expired: (contents: number) => void;
    /** The disk was short of its reserve, and so many contents went before their time. */
    readonly relieved: (contents: number) => void;
    readonly failed: (error: unknown) => void;
  },
): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let minute = 0;
  const look = async (isHour: boolean): Promise<void> => {
    if (isHour) options.expired(await expireContents(deps, options.keepMs));
    const gone = await relieveDisk(deps, options);
    if (gone > 0) options.relieved(gone);
  };
  const inTurn = (): void => {
    const isHour = minute % MINUTES_BETWEEN_LOOKS === 0;
    minute += 1;
    running = running.then(() => look(isHour)).catch(options.failed);
  };
  const timer = setInterval(inTurn, MINUTE_MS);
  inTurn();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
