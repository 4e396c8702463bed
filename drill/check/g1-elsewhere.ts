import { IGNORED_GRANTS_REASON } from '../../src/domain/dispatch/quarantine.js';
import type { Evidence, QuarantineFacts, StrikeFacts, Violation } from '../evidence.js';

/** What a fault has left behind shows until then: grants run out, and processes come back slowly on a busy machine. */
const AFTERMATH_MS = 30_000;

/** G1: what a host loses with its supervisor runs elsewhere while that is away, and no host is in quarantine for what befell another. */
export function checkElsewhere({ strikes, quarantines, workers }: Evidence): Violation[] {
  const names = new Map(workers.map(({ id, name }) => [id, name]));
  const stuck = strikes.flatMap(({ number, notElsewhere }) =>
    notElsewhere.map((buildId) => ({
      ...{ promise: 'G1' as const, buildId },
      evidence: `its host lost its supervisor by fault ${number}, and it ran nowhere else while that was away`,
    })),
  );
  const blamed = quarantines
    .filter((quarantine) => !strikes.some((strike) => explains(strike, quarantine)))
    .map(({ workerId, atMs, reason }) => ({
      ...{ promise: 'G1' as const, buildId: null },
      evidence: `${names.get(workerId) ?? workerId} was put in quarantine at ${atMs} (${reason}), and nothing had struck it`,
    }));
  return [...stuck, ...blamed];
}

function explains(strike: StrikeFacts, { workerId, atMs, reason }: QuarantineFacts): boolean {
  if (strike.fromMs > atMs || (strike.workerId ?? workerId) !== workerId) return false;
  // Builds that were lost are counted together for longer than a drill takes.
  const isCounted = strike.workerId !== null && reason !== IGNORED_GRANTS_REASON;
  return isCounted || strike.untilMs + AFTERMATH_MS > atMs;
}
