import { requestsOf } from '../client-history.js';
import type { Evidence, Violation } from '../evidence.js';
import { grouped, isTerminal } from './facts.js';

/** G2: a build comes to one terminal status, once, which never changes, is the one of its result, and is true. */
export function checkOneEnd(evidence: Evidence): Violation[] {
  const moves = grouped(
    evidence.effects.filter(({ kind }) => kind === 'status'),
    ({ buildId }) => buildId,
  );
  const ordered = new Map(evidence.orders.map((order) => [order.number, order]));
  const orderOf = new Map(
    requestsOf(evidence.history).flatMap(({ order, buildId, act }) =>
      buildId === null || act === 'cancel' ? [] : [[buildId, ordered.get(order)]],
    ),
  );
  return evidence.builds.flatMap(({ id, status, resultStatus, failureCode }): Violation[] => {
    const of = moves.get(id) ?? [];
    const ends = of.filter(({ after }) => isTerminal(after));
    const order = orderOf.get(id);
    const wrong = [
      ...of
        .filter(({ before }) => isTerminal(before))
        .map(({ before, after }) => `it had ended as ${before ?? ''} and became ${after ?? ''}`),
      ...(isTerminal(status) && ends.length !== 1
        ? [`it is ${status} and came to an end ${ends.length} times`]
        : []),
      ...(of.length > 0 && of.at(-1)?.after !== status
        ? [`it is ${status}, and last became ${of.at(-1)?.after ?? ''}`]
        : []),
      ...(isTerminal(status) && !saysTheSame(status, resultStatus)
        ? [`it is ${status}, its result ${resultStatus ?? 'empty'}`]
        : []),
      ...(order !== undefined && order.exitCode !== 0 && status === 'success'
        ? ['its builder failed, and it is a success']
        : []),
      ...(order?.exitCode === 0 && failureCode === 'build_step_failed'
        ? ['it failed by a step, and no step has failed']
        : []),
    ];
    return wrong.map((text) => ({ promise: 'G2', buildId: id, evidence: text }));
  });
}

function saysTheSame(status: string, result: string | null): boolean {
  return result === status || (status === 'failed' && result === 'timeout');
}
