import { sql } from 'kysely';
import type { RowCheck } from './check.js';

const VALID = sql`('granted', 'active')`;
/** A build is recorded first and gives its lease back then. */
const SOON = sql`interval '1 minute'`;

/** What holds of leases, slots, fences and attempts. */
export const LEASE_CHECKS: readonly RowCheck[] = [
  {
    name: 'slots',
    holds: 'Each build host counts its valid leases exactly, and never more than its slots.',
    broken: sql`
      SELECT format('%s counts %s builds of %s slots and holds %s leases', w.worker_name, w.current_builds_count,
                    w.concurrent_builds_limit, count(l.id)) AS what
      FROM build_workers w LEFT JOIN leases l ON l.worker_id = w.id AND l.state IN ${VALID}
      GROUP BY w.id
      HAVING count(l.id) <> w.current_builds_count OR count(l.id) > w.concurrent_builds_limit`,
  },
  {
    name: 'leases',
    holds: 'A valid lease belongs to a build that is in progress.',
    broken: sql`
      SELECT format('lease %s is %s, its build %s is %s', l.id, l.state, b.id, b.status) AS what
      FROM leases l JOIN builds b ON b.id = l.build_id
      WHERE l.state IN ${VALID}
        AND (b.status = 'queued' OR b.completed_at < clock_timestamp() - ${SOON})`,
  },
  {
    name: 'fences',
    holds: 'No lease has a fence beyond that of its build, and a valid one has exactly that.',
    broken: sql`
      SELECT format('lease %s (%s) has fence %s, its build %s has %s', l.id, l.state, l.fence, b.id, b.fence) AS what
      FROM leases l JOIN builds b ON b.id = l.build_id
      WHERE l.fence > b.fence OR (l.state IN ${VALID} AND l.fence <> b.fence)`,
  },
  {
    name: 'attempts',
    holds: 'Every build counts its attempts exactly, and an attempt is open only while its lease is valid.',
    broken: sql`
      SELECT format('build %s counts %s attempts of %s', b.id, b.attempt_count, count(a.attempt)) AS what
      FROM builds b LEFT JOIN attempts a ON a.build_id = b.id
      GROUP BY b.id HAVING count(a.attempt) <> b.attempt_count
      UNION ALL
      SELECT format('attempt %s of build %s is open, its lease is %s', a.attempt, a.build_id, l.state)
      FROM attempts a JOIN leases l ON l.id = a.lease_id
      WHERE a.ended_at IS NULL AND l.state NOT IN ${VALID}`,
  },
];
