import { type Selectable, sql } from 'kysely';
import type { WorkerJudgement } from '../../domain/dispatch/judge-worker.js';
import { labelsOf } from '../../domain/dispatch/needs.js';
import { KilnError } from '../../domain/errors.js';
import type { HostOffer } from '../../ports/dispatch.js';
import type { Database, Tx } from '../database.js';
import { notifyPool } from '../notify.js';
import type { BuildWorkersTable } from '../schema/dispatch.js';
import { toJson } from '../storable.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';
import { judgeRow } from '../workers/condition.js';
import { BEAT_GAP_MS } from './options.js';

type WorkerRow = Selectable<BuildWorkersTable>;

/** Notes that a worker is alive and what it offers; rings for the dispatcher when slots may have become usable. */
export async function heartbeat(
  db: Database,
  silenceMs: number,
  workerId: string,
  offer: HostOffer,
): Promise<{ leases: number }> {
  return transact(db, async (tx) => {
    const before = await lockWorker(tx, workerId);
    const now = await databaseNow(tx);
    const was = judgeRow(before, now, silenceMs);
    refuseSecondHost(before, was, offer.host_id);
    const row = withOffer(before, offer, now);
    const judged = judgeRow(row, now, silenceMs);
    await sql`
      SELECT worker_heartbeat(${workerId}, ${toJson(written(row))}::jsonb, ${judged.status}, ${[...judged.reasons]}::text[])`.execute(
      tx,
    );
    if (judged.refusal === null && (was.refusal !== null || offersMore(before, row))) await notifyPool(tx);
    return { leases: before.current_builds_count };
  });
}

async function lockWorker(tx: Tx, workerId: string): Promise<WorkerRow> {
  const { rows } = await sql<WorkerRow>`SELECT * FROM lock_worker(${workerId})`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new KilnError('not_found', { message: 'There is no such worker.' });
  return row;
}

/** Raises `worker_taken`: a token is for one host, and another one may have it only when the first is silent. */
function refuseSecondHost(before: WorkerRow, was: WorkerJudgement, hostId: string | undefined): void {
  if (hostId === undefined || before.host_id === null || before.host_id === hostId) return;
  if (was.status === 'offline') return;
  throw new KilnError('worker_taken', {
    message: `Another host speaks as the worker ${before.worker_name}, and was heard a moment ago.`,
  });
}

function withOffer(before: WorkerRow, offer: HostOffer, now: Date): WorkerRow {
  return {
    ...before,
    host_id: offer.host_id ?? before.host_id,
    worker_type: offer.worker_type ?? before.worker_type,
    concurrent_builds_limit: offer.slots,
    methods: [...offer.methods],
    zone: offer.zone,
    labels: labelsOf(offer),
    platforms: [...(offer.platforms ?? [])],
    emulated_platforms: [...(offer.emulated_platforms ?? [])],
    tool_versions: { ...offer.tool_versions },
    accepted_holes: [...(offer.accepted_holes ?? [])],
    builder_trouble: offer.builder_trouble ?? null,
    disk_free_bytes: offer.disk?.free_bytes ?? null,
    disk_reserve_bytes: offer.disk?.reserve_bytes ?? null,
    disk_free_inodes: offer.disk?.free_inodes ?? null,
    is_draining: offer.is_draining ?? false,
    is_worker_away: offer.is_worker_away ?? false,
    last_heartbeat: now,
  };
}

/** What `worker_heartbeat` takes. */
function written({ concurrent_builds_limit: slots, ...row }: WorkerRow): object {
  return { ...row, slots };
}

/** Whether builds may fit now that did not before. */
function offersMore(before: WorkerRow, now: WorkerRow): boolean {
  return (
    now.concurrent_builds_limit > before.concurrent_builds_limit ||
    now.methods.some((method) => !before.methods.includes(method)) ||
    Object.entries(now.labels).some(([name, value]) => before.labels[name] !== value)
  );
}

/** Notes that an api is up. `up_since` starts anew after a gap: nobody could renew a lease then. */
export async function beat(db: Database, instance: string): Promise<void> {
  await transact(db, async (tx) => {
    await sql`
      INSERT INTO control_plane_beats AS b (instance, up_since, last_beat)
      VALUES (${instance}, clock_timestamp(), clock_timestamp())
      ON CONFLICT (id) DO UPDATE SET
        instance = excluded.instance,
        last_beat = clock_timestamp(),
        up_since = CASE WHEN clock_timestamp() - b.last_beat > ${BEAT_GAP_MS} * interval '1 ms'
                        THEN clock_timestamp() ELSE b.up_since END`.execute(tx);
  });
}
