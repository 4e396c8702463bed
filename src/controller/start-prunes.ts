import type { Pruner, PruneWorkflows } from '../ports/retention.js';
import { startLoop } from './loop.js';
import type { Loop, LoopLog } from './loop.js';

/** A younger prune is started by who has asked for it. */
const OLDER_THAN_MS = 60_000;

/** Sees that every prune that is not over has a workflow: its row is the message. */
export function startPrunes(deps: {
  readonly pruner: Pick<Pruner, 'overdue'>;
  readonly pruneWorkflows: PruneWorkflows;
  readonly log: LoopLog;
  readonly everyMs: number;
}): Loop {
  return startLoop('starts of prunes', deps.log, async () => {
    for (const pruneId of await deps.pruner.overdue(OLDER_THAN_MS)) await deps.pruneWorkflows.start(pruneId);
    return deps.everyMs;
  });
}
