import type { BuildWorkflows } from '../ports/build-workflows.js';
import type { Outbox, OutboxMessage } from '../ports/dispatch.js';
import type { ChangeFeed } from '../ports/stores.js';
import { rungBy, startLoop } from './loop.js';
import type { Loop, LoopLog } from './loop.js';

/** Rows taken from the outbox at once. */
const BATCH = 100;

/** Sends what the outbox holds to Temporal: at once when PostgreSQL rings, after a second where it cannot ring. */
export function startRelay(deps: {
  readonly outbox: Outbox;
  readonly feed: ChangeFeed;
  readonly workflows: BuildWorkflows;
  readonly log: LoopLog;
}): Loop {
  const send = (message: OutboxMessage): Promise<void> => deliver(deps.workflows, message);
  const loop = startLoop('outbox relay', deps.log, async () => {
    const { sent, nextLookMs } = await deps.outbox.relay(BATCH, send);
    return sent === BATCH ? 0 : nextLookMs;
  });
  return rungBy(loop, (ring) => deps.feed.onOutbox(ring));
}

function deliver(workflows: BuildWorkflows, message: OutboxMessage): Promise<void> {
  switch (message.kind) {
    case 'start_build':
      return workflows.start(message);
    case 'cancel_build':
      return workflows.signalCancel(message.buildId);
    case 'lease_granted':
      return workflows.signalLeaseGranted(message.buildId);
    case 'gate_decided':
      return workflows.signalDecision(message.buildId, message.decision);
    case 'attest_build':
      return workflows.attest(message.buildId);
    case 'explore_image':
      return workflows.explore(message);
  }
}
