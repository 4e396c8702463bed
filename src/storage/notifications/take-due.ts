import { sql } from 'kysely';
import { MOST_TRIES } from '../../domain/notifications/retry-schedule.js';
import type { DueNotification, PutAside } from '../../ports/notifications.js';
import type { Database } from '../database.js';
import { transact } from '../transact.js';

type Row = Omit<DueNotification, 'sealed'> &
  DueNotification['sealed'] & {
    readonly state: 'pending' | 'superseded' | 'dead';
    readonly because: string | null;
    readonly isClaimed: boolean;
  };

/**
 * Takes what is due, target by target, so that a long row of one keeps nobody else waiting. Who takes holds a lock, so that of two about one
 * commit the second is judged when the claim of the first can be seen; nobody holds anything while it is sent.
 */
export async function takeDue(
  db: Database,
  given: {
    readonly limit: number;
    readonly perTarget: number;
    readonly most: ReadonlyMap<string, number>;
    readonly claimMs: number;
  },
): Promise<{ taken: DueNotification[]; aside: PutAside[] }> {
  const rows = await transact(db, async (tx) => {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended('kiln.notifications', 0))`.execute(tx);
    const answer = await sql<Row>`
      WITH due AS MATERIALIZED (
        SELECT d.*, t.is_active, t.disabled_reason
        FROM notification_targets t
        LEFT JOIN unnest(${[...given.most.keys()]}::uuid[], ${[...given.most.values()]}::int[]) AS most (target_id, free)
          ON most.target_id = t.id
        CROSS JOIN LATERAL (
          SELECT id, target_id, subject, sequence, attempts FROM notification_deliveries
          WHERE target_id = t.id AND delivery_state = 'pending' AND next_attempt_at <= clock_timestamp()
          ORDER BY next_attempt_at, sequence LIMIT coalesce(most.free, ${given.perTarget})
          FOR UPDATE SKIP LOCKED) d
        LIMIT ${given.limit}),
      judged AS (
        SELECT due.id, coalesce(newer.id IS NOT NULL, false) AS is_old, busy.claimed_until AS busy_until,
          CASE
            WHEN NOT due.is_active THEN 'The target is switched off. ' || coalesce(due.disabled_reason, '')
            WHEN newer.id IS NOT NULL THEN 'A newer notification about the same commit goes in its place.'
            WHEN due.attempts >= ${MOST_TRIES} THEN
              'What came of its last try is not known: whoever made it ended meanwhile. It may have arrived.'
          END AS because
        FROM due
        LEFT JOIN LATERAL (
          SELECT id FROM notification_deliveries n
          WHERE n.target_id = due.target_id AND n.subject = due.subject AND n.sequence > due.sequence
            AND n.delivery_state IN ('pending', 'delivered') LIMIT 1) newer ON true
        LEFT JOIN LATERAL (
          SELECT max(claimed_until) AS claimed_until FROM notification_deliveries o
          WHERE o.target_id = due.target_id AND o.subject = due.subject AND o.id <> due.id
            AND o.claimed_until > clock_timestamp()) busy ON true)
      UPDATE notification_deliveries d SET
        delivery_state = CASE WHEN j.because IS NULL THEN 'pending' WHEN t.is_active AND j.is_old THEN 'superseded' ELSE 'dead' END,
        error_message = coalesce(j.because, CASE WHEN j.busy_until IS NOT NULL THEN d.error_message END),
        settled_at = CASE WHEN j.because IS NOT NULL THEN clock_timestamp() END,
        next_attempt_at = CASE WHEN j.because IS NOT NULL THEN NULL
          ELSE coalesce(j.busy_until, clock_timestamp() + ${given.claimMs} * interval '1 ms') END,
        claimed_until = CASE WHEN j.because IS NULL AND j.busy_until IS NULL
          THEN clock_timestamp() + ${given.claimMs} * interval '1 ms' END,
        attempts = d.attempts + CASE WHEN j.because IS NULL AND j.busy_until IS NULL THEN 1 ELSE 0 END
      FROM judged j, notification_targets t
      WHERE d.id = j.id AND t.id = d.target_id
      RETURNING d.id, t.id AS "targetId", t.target_name AS target, d.tenant_id AS "tenantId", t.target_kind AS kind, t.url,
        d.event_type AS "eventType", d.subject, d.payload, t.key_id AS "keyId", t.wrapped_key AS "wrappedKey", t.ciphertext,
        d.attempts, d.replay_count AS "replayCount", d.delivery_state AS state, j.because,
        d.claimed_until IS NOT NULL AS "isClaimed"`.execute(tx);
    return answer.rows;
  });
  return {
    taken: rows.flatMap((row) => (row.isClaimed ? [toDue(row)] : [])),
    aside: rows.flatMap(({ kind, target, id, state, because }) =>
      state === 'pending' ? [] : [{ kind, target, id, state, because: because ?? '' }],
    ),
  };
}

function toDue(row: Row): DueNotification {
  const { id, targetId, target, tenantId, kind, url, eventType, subject, payload } = row;
  const { keyId, wrappedKey, ciphertext, attempts, replayCount } = row;
  return {
    ...{ id, targetId, target, tenantId, kind, url, eventType, subject, payload, attempts, replayCount },
    sealed: { keyId, wrappedKey, ciphertext },
  };
}
