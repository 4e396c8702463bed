import { sql } from 'kysely';
import { compareHeads, type Head, judgeMissed, UNSURE_MS } from '../../domain/webhooks/missed-pushes.js';
import type { DueReading, WebhookReadings } from '../../ports/webhook-heads.js';
import type { Database, Tx } from '../database.js';
import { storableText, toJson } from '../storable.js';
import { NOW } from '../times.js';
import { single, transact } from '../transact.js';

const LOOK_MAX_MS = 60_000;
const LONGEST_TROUBLE = 1_000;
/** Deliveries since the reading before this one, and what it has left to this one; a transaction may take a while to commit. */
const TOLD_BEFORE_MS = 5 * UNSURE_MS;
const WRITTEN_AT_ONCE = 5_000;

/** Readings of heads. Needs the role kiln_controller. */
export function createWebhookReadings(db: Database): WebhookReadings {
  return {
    take: (limit, everyMs) => single(db, (one) => take(one, limit, everyMs)),

    keep: (taken, heads, graceMs) =>
      transact(db, async (tx) => {
        const result = compareHeads(heads, { ...taken, ...(await readSeen(tx, taken)) });
        await writeSeen(tx, taken, result.seen);
        // A repository without a single head is being moved or restored more often than it is meant so.
        if (heads.length > 0) await forget(tx, taken, result.gone);
        const found = result.missed.flatMap((head) => {
          const verdict = judgeMissed(head, taken);
          return 'build' in verdict ? [{ ...head, asked: verdict.build }] : [];
        });
        for (const [position, head] of found.entries()) {
          await tx
            .insertInto('webhook_deliveries')
            .values({
              tenant_id: taken.tenantId,
              webhook_config_id: taken.webhookId,
              delivery_id: `reconciliation:${taken.number}:${position}`,
              event_type: 'reconciliation',
              headers: '{}',
              payload: Buffer.from(JSON.stringify({ ref: head.ref, sha: head.sha })),
              delivery_status: 'pending',
              asked: toJson(head.asked),
              response_status: null,
              next_retry_at: sql<Date>`clock_timestamp() + ${graceMs} * interval '1 ms'`,
              told_ref: head.ref,
              told_sha: head.sha,
              heads_read_at: new Date(taken.readAtMs),
            })
            .execute();
        }
        const { numUpdatedRows } = await tx
          .updateTable('webhook_configs')
          .set({
            reconciled_at: new Date(taken.readAtMs),
            ...{ reconcile_trouble: null, reconcile_trouble_at: null },
          })
          .where('id', '=', taken.webhookId)
          .where('reconcile_number', '=', taken.number)
          .where('is_active', '=', true)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) throw new Overtaken();
        return found.map(({ ref, sha }) => ({ ref, sha }));
      }).catch((error: unknown) => {
        if (error instanceof Overtaken) return null;
        throw error;
      }),

    async noteTrouble({ webhookId, number }, trouble) {
      await single(db, (one) =>
        one
          .updateTable('webhook_configs')
          .set({
            reconcile_trouble: storableText(trouble).slice(0, LONGEST_TROUBLE),
            reconcile_trouble_at: NOW,
          })
          .where('id', '=', webhookId)
          .where('reconcile_number', '=', number)
          .execute(),
      );
    },

    async nextLookMs() {
      const { rows } = await single(db, (one) =>
        sql<{ ms: number | null }>`
          SELECT (extract(epoch FROM min(next_reconcile_at) - clock_timestamp()) * 1000)::float8 AS ms
          FROM webhook_configs WHERE is_active`.execute(one),
      );
      return Math.min(LOOK_MAX_MS, Math.max(0, Math.ceil(rows[0]?.ms ?? LOOK_MAX_MS)));
    },
  };
}

/** Undoes what a reading was about to write. */
class Overtaken extends Error {}

/** Each at a time of its own within a fifth of the interval, so that a git host is not asked for all its repositories at once. */
async function take(db: Database, limit: number, everyMs: number): Promise<DueReading[]> {
  const { rows } = await sql<DueReading>`
    WITH due AS (
      SELECT id FROM webhook_configs WHERE is_active AND next_reconcile_at <= clock_timestamp()
      ORDER BY next_reconcile_at LIMIT ${limit} FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE webhook_configs w
    SET next_reconcile_at = clock_timestamp() + ${everyMs} * (0.9 + 0.2 * random()) * interval '1 ms',
        reconcile_number = w.reconcile_number + 1
    FROM due WHERE w.id = due.id
    RETURNING w.id AS "webhookId", w.webhook_name AS webhook, w.tenant_id AS "tenantId", w.project_id AS "projectId",
      w.reconcile_number AS number, floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "readAtMs",
      w.reconciled_at IS NULL AS "isFirst", w.repository_url AS "repositoryUrl", w.auto_build_enabled AS "autoBuildEnabled",
      w.event_types AS "eventTypes", w.branch_patterns AS "branchPatterns", w.tag_patterns AS "tagPatterns",
      w.path_patterns AS "pathPatterns"`.execute(db);
  return rows;
}

/** What earlier readings have kept, and what deliveries have told since the last of them. */
async function readSeen(tx: Tx, { tenantId, webhookId }: DueReading) {
  const { rows: seen } = await sql<Head & { atMs: number }>`
    SELECT ref, sha, (extract(epoch FROM seen_at) * 1000)::float8 AS "atMs"
    FROM webhook_heads WHERE webhook_config_id = ${webhookId}`.execute(tx);
  const { rows: told } = await sql<Head & { atMs: number }>`
    SELECT DISTINCT ON (d.told_ref) d.told_ref AS ref, d.told_sha AS sha, (extract(epoch FROM d.created_at) * 1000)::float8 AS "atMs"
    FROM webhook_deliveries d JOIN webhook_configs w ON w.id = d.webhook_config_id
    WHERE d.tenant_id = ${tenantId} AND d.webhook_config_id = ${webhookId}
      AND d.told_ref IS NOT NULL AND d.heads_read_at IS NULL
      AND d.created_at >= coalesce(w.reconciled_at, 'epoch') - ${TOLD_BEFORE_MS} * interval '1 ms'
    ORDER BY d.told_ref, d.created_at DESC, d.id DESC`.execute(tx);
  return { seen, told };
}

async function writeSeen(tx: Tx, { tenantId, webhookId, readAtMs }: DueReading, heads: readonly Head[]) {
  for (let from = 0; from < heads.length; from += WRITTEN_AT_ONCE) {
    const some = heads.slice(from, from + WRITTEN_AT_ONCE);
    await sql`
      INSERT INTO webhook_heads (tenant_id, webhook_config_id, ref, sha, seen_at)
      SELECT ${tenantId}, ${webhookId}, ref, sha, ${new Date(readAtMs)}
      FROM unnest(${some.map(({ ref }) => storableText(ref))}::text[], ${some.map(({ sha }) => sha)}::text[]) AS head (ref, sha)
      ON CONFLICT (webhook_config_id, ref) DO UPDATE SET sha = EXCLUDED.sha, seen_at = EXCLUDED.seen_at`.execute(
      tx,
    );
  }
}

async function forget(tx: Tx, { webhookId }: DueReading, refs: readonly string[]): Promise<void> {
  if (refs.length === 0) return;
  await sql`DELETE FROM webhook_heads WHERE webhook_config_id = ${webhookId} AND ref = ANY(${refs}::text[])`.execute(
    tx,
  );
}
