import type { ArtifactExpiry } from '../ports/artifacts.js';
import { startLoop } from './loop.js';
import type { Loop, LoopLog } from './loop.js';

const BATCH = 1_000;

/** Lets artifacts go whose time is over. Their bytes go with the contents that nothing needs (api). */
export function startArtifactExpiry(deps: {
  readonly artifacts: ArtifactExpiry;
  readonly log: LoopLog;
  readonly everyMs: number;
  readonly expired: (count: number) => void;
}): Loop {
  return startLoop('artifact expiry', deps.log, async () => {
    const count = await deps.artifacts.expire(BATCH);
    if (count > 0) deps.expired(count);
    return count < BATCH ? deps.everyMs : 0;
  });
}
