import { type KilnError, toKilnError } from '../domain/errors.js';
import type { DueRebuild, ImageMoves } from '../ports/base-images.js';
import type { ChangeFeed } from '../ports/stores.js';
import { type Loop, type LoopLog, rungBy, startLoop } from './loop.js';

const LONGEST_WAIT_MS = 60_000;
/** What refuses a build for now is asked again then. */
const PAUSE_MS = 30_000;

/**
 * Carries out moves of base images: builds the canary of each, then the others, and stops it. Rung when a move was seen or resumed, and when a
 * build that is for one has ended; what it does next, it reads from the rows. A build that was accepted and not noted is accepted again under
 * the same key, and so is the same.
 */
export function startBaseImageMoves(deps: {
  readonly imageMoves: ImageMoves;
  readonly feed: Pick<ChangeFeed, 'onBaseImages'>;
  /** Accepts the build, once; gives its id. */
  readonly rebuild: (due: DueRebuild) => Promise<string>;
  /** So many builds of a move may fail after its canary. */
  readonly maxFailures: number;
  /** Told what came of each: its build, or why there is none (yet). */
  readonly seen: (
    outcome: 'started' | 'skipped' | 'postponed',
    due: DueRebuild,
    error: KilnError | null,
  ) => void;
  readonly log: LoopLog;
}): Loop {
  const { imageMoves, feed } = deps;
  const loop = startLoop('base image moves', deps.log, async () => {
    const due = await imageMoves.advance(deps.maxFailures);
    for (const one of due) await start(deps, one);
    return due.length > 0 ? 0 : LONGEST_WAIT_MS;
  });
  return rungBy(loop, (ring) => feed.onBaseImages(ring));
}

async function start(
  { imageMoves, rebuild, seen }: Parameters<typeof startBaseImageMoves>[0],
  due: DueRebuild,
): Promise<void> {
  let buildId: string;
  try {
    buildId = await rebuild(due);
  } catch (thrown) {
    const error = toKilnError(thrown);
    const { retryable } = error.rule;
    if (retryable) await imageMoves.postpone(due.batchId, error.message, PAUSE_MS);
    else await imageMoves.skipped(due.batchId, `${error.message} ${error.fix}`);
    return seen(retryable ? 'postponed' : 'skipped', due, error);
  }
  await imageMoves.started(due.batchId, buildId);
  seen('started', due, null);
}
