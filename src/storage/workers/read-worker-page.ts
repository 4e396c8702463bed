import type { WorkerPage } from '../../contracts/workers.js';
import type { Tx } from '../database.js';
import { VALID_STATES } from '../dispatch/valid-leases.js';
import { isoOrNull } from '../times.js';
import { findWorker, toWorker } from './read-worker.js';

/** How many of the last intervals are shown. */
const SHOWN_INTERVALS = 20;

/** A worker with what runs on it, of the transaction's tenant, and how it was lately. Raises not_found. */
export async function readWorkerPage(tx: Tx, name: string, silenceMs: number): Promise<WorkerPage> {
  const row = await findWorker(tx, name);
  const builds = await tx
    .selectFrom('leases as l')
    .innerJoin('builds as b', 'b.id', 'l.build_id')
    .innerJoin('projects as p', 'p.id', 'b.project_id')
    .select(['b.id', 'p.slug as project', 'b.build_number', 'l.attempt'])
    .where('l.worker_id', '=', row.id)
    .where('l.state', 'in', VALID_STATES)
    .orderBy('l.granted_at')
    .execute();
  const intervals = await tx
    .selectFrom('worker_intervals')
    .selectAll()
    .where('worker_id', '=', row.id)
    .orderBy('began_at', 'desc')
    .limit(SHOWN_INTERVALS)
    .execute();
  return {
    ...toWorker(row, silenceMs),
    builds,
    intervals: intervals.map(({ state, reasons, began_at: beganAt, ended_at: endedAt }) => ({
      state,
      reasons,
      began_at: beganAt.toISOString(),
      ended_at: isoOrNull(endedAt),
    })),
  };
}
