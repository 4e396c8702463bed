import { requestsOf } from '../client-history.js';
import type { Evidence, Violation } from '../evidence.js';
import { grouped } from './facts.js';

/** G6: however often a request is repeated, it makes one build at most, and no build is there that nobody asked for. */
export function checkOneBuild({ history, builds, keys }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const requests = requestsOf(history);
  for (const [key, rows] of grouped(keys, (row) => row.key)) {
    const made = new Set(rows.map(({ buildId }) => buildId));
    if (made.size > 1) {
      violations.push({
        promise: 'G6',
        buildId: rows[1]!.buildId,
        evidence: `${key} made ${[...made].join(' and ')}`,
      });
    }
  }
  const known = new Set([...keys.map(({ buildId }) => buildId), ...requests.map(({ buildId }) => buildId)]);
  for (const { id } of builds) {
    if (!known.has(id))
      violations.push({ promise: 'G6', buildId: id, evidence: 'no key and no answer names it' });
  }
  const chains = grouped(
    builds.filter(({ firstBuildId }) => firstBuildId !== null),
    ({ firstBuildId }) => firstBuildId!,
  );
  for (const [firstBuildId, retries] of chains) {
    const asked = requests.filter(
      ({ act, key }) =>
        act === 'retry' &&
        keys.some((row) => row.key === key && retries.some(({ id }) => id === row.buildId)),
    );
    const wanted = new Set(asked.map(({ key }) => key)).size;
    if (retries.length > wanted) {
      violations.push({
        promise: 'G6',
        buildId: firstBuildId,
        evidence: `${retries.length} retries of it for ${wanted} requests`,
      });
    }
  }
  return violations;
}
