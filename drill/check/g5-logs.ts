import { requestsOf } from '../client-history.js';
import type { AttemptFacts, Evidence, LogSum, Violation } from '../evidence.js';
import type { Order } from '../orders.js';
import { buildsById } from './facts.js';

const SUMS = ['chunks', 'lines', 'bytes', 'sha256'] as const;

/** A line of the stub. */
const PRINTED = /^line \d+$/m;

/**
 * G5: the log of an attempt that is over is sealed, what is stored is exactly what was sealed, and an attempt that ended by itself has
 * every line of its builder, in order and once. A tail that is lost is declared.
 */
export function checkLogs(evidence: Evidence): Violation[] {
  const orderOf = stubOrders(evidence);
  const builds = buildsById(evidence);
  return evidence.attempts.flatMap((attempt): Violation[] => {
    const { buildId, sealed, stored, endedReason, note, text } = attempt;
    const order = orderOf.get(buildId);
    const build = builds.get(buildId);
    const isLast = attempt.attempt === build?.attemptCount;
    const isBuilt = evidence.attempts.some(
      (other) =>
        other.buildId === buildId && other.attempt < attempt.attempt && other.endedReason === 'succeeded',
    );
    // What an earlier attempt has built is only published. One that failed before its builder began has lines of Kiln's own at most; by a step
    // of it, all.
    const hasBuilt =
      (endedReason === 'succeeded' && !isBuilt) ||
      (endedReason === 'failed' &&
        (PRINTED.test(text) || (isLast && build.failureCode === 'build_step_failed')));
    const isWhole = hasBuilt && note === null;
    const wrong = [
      ...(sealed === null && build?.completedAtMs != null ? ['the log is not sealed'] : []),
      ...(sealed === null ? [] : differences(sealed, stored)),
      ...(isWhole && order !== undefined ? linesAmiss(attempt, order) : []),
    ];
    return wrong.map((what) => ({ promise: 'G5', buildId, evidence: `attempt ${attempt.attempt}: ${what}` }));
  });
}

function stubOrders({ history, orders }: Evidence): Map<string, Order> {
  const stubs = new Map(orders.filter(({ isReal }) => !isReal).map((order) => [order.number, order]));
  return new Map(
    requestsOf(history).flatMap(({ order, buildId }) => {
      const of = stubs.get(order);
      return buildId === null || of === undefined ? [] : [[buildId, of] as const];
    }),
  );
}

function differences(sealed: LogSum, stored: LogSum): string[] {
  return SUMS.filter((sum) => sealed[sum] !== null && sealed[sum] !== stored[sum]).map(
    (sum) => `sealed ${String(sealed[sum])} as ${sum}, stored ${String(stored[sum])}`,
  );
}

/** The stub prints `line 1` to `line N`; what Kiln says itself stands before and after. */
function linesAmiss({ text }: AttemptFacts, { lines }: Order): string[] {
  const numbers = [...text.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number));
  const at = numbers.findIndex((number, index) => number !== index + 1);
  if (at >= 0) return [`line ${numbers[at]!} stands where line ${at + 1} belongs`];
  return numbers.length === lines ? [] : [`${numbers.length} of ${lines} lines are stored`];
}
