import type { Evidence, Violation } from '../evidence.js';
import { grouped } from './facts.js';

/** G7: whoever has to hear of a change is written to in the transaction of the change, and nothing that was written stays unsent. */
export function checkMessages({ builds, effects, outbox }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const add = (buildId: string, text: string) => violations.push({ promise: 'G7', buildId, evidence: text });
  const of = grouped(effects, ({ buildId }) => buildId);
  for (const { id, cancelRequestedAtMs } of builds) {
    const seen = of.get(id) ?? [];
    const written = (message: string): number =>
      seen.filter(({ kind, after }) => kind === 'message' && after === message).length;
    const grants = seen.filter(({ kind }) => kind === 'grant').length;
    if (written('start_build') !== 1) add(id, `its start was written ${written('start_build')} times`);
    if (written('lease_granted') < grants)
      add(id, `${grants} leases were granted, ${written('lease_granted')} messages written`);
    if (cancelRequestedAtMs !== null && written('cancel_build') === 0) add(id, 'its cancel was not written');
  }
  for (const { buildId, message, lastError } of outbox) {
    add(buildId, `the message ${message} was never sent${lastError === null ? '' : `: ${lastError}`}`);
  }
  return violations;
}
