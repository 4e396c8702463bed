import { type Selectable, sql } from 'kysely';
import type { Worker } from '../../contracts/workers.js';
import { ownLabels } from '../../domain/dispatch/needs.js';
import { KilnError } from '../../domain/errors.js';
import type { Tx } from '../database.js';
import type { BuildWorkersTable } from '../schema/dispatch.js';
import { isoOrNull } from '../times.js';
import { judgeRow } from './condition.js';

export type WorkerRow = Selectable<BuildWorkersTable> & {
  readonly now: Date;
  readonly uptime: number | null;
};

/** The workers that the transaction sees, without those that were removed. */
export function workersIn(tx: Tx) {
  return tx
    .selectFrom('build_workers')
    .selectAll()
    .select([
      sql<Date>`clock_timestamp()`.as('now'),
      sql<number | null>`worker_uptime_percent(id, clock_timestamp())::float8`.as('uptime'),
    ])
    .where('removed_at', 'is', null);
}

/** Raises not_found. */
export async function findWorker(tx: Tx, name: string): Promise<WorkerRow> {
  const row = await workersIn(tx).where('worker_name', '=', name).executeTakeFirst();
  if (row !== undefined) return row;
  throw new KilnError('not_found', {
    message: `There is no worker "${name}".`,
    fix: '`kiln workers` lists those that there are.',
  });
}

/** A row as people see it, judged by what is known now. */
export function toWorker(row: WorkerRow, silenceMs: number): Worker {
  const { status, reasons, refusal } = judgeRow(row, row.now, silenceMs);
  const { disk_free_bytes: freeBytes, disk_reserve_bytes: reserveBytes } = row;
  const inQuarantine = row.quarantined_until !== null && row.quarantined_until > row.now;
  return {
    id: row.id,
    name: row.worker_name,
    is_shared: row.tenant_id === null,
    type: row.worker_type,
    status,
    reasons: [...reasons],
    scheduling: row.scheduling,
    refusal,
    slots: row.concurrent_builds_limit,
    running: row.current_builds_count,
    methods: row.methods,
    platforms: row.platforms,
    emulated_platforms: row.emulated_platforms,
    zone: row.zone,
    labels: ownLabels(row.labels),
    tool_versions: row.tool_versions,
    disk:
      freeBytes === null || reserveBytes === null
        ? null
        : { free_bytes: freeBytes, reserve_bytes: reserveBytes, free_inodes: row.disk_free_inodes },
    last_heartbeat: isoOrNull(row.last_heartbeat),
    quarantined_until: inQuarantine ? isoOrNull(row.quarantined_until) : null,
    uptime_percent: row.uptime,
    created_at: row.created_at.toISOString(),
  };
}
