import type { Selectable } from 'kysely';
import {
  judgeWorker,
  type WorkerCondition,
  type WorkerJudgement,
} from '../../domain/dispatch/judge-worker.js';
import type { BuildWorkersTable } from '../schema/dispatch.js';

/** The columns of build_workers that say what a worker is. */
export const CONDITION_COLUMNS = [
  'concurrent_builds_limit',
  'current_builds_count',
  'last_heartbeat',
  'disk_free_bytes',
  'disk_reserve_bytes',
  'disk_free_inodes',
  'builder_trouble',
  'tool_versions',
  'accepted_holes',
  'quarantined_until',
  'quarantine_reason',
  'lease_ran_out_at',
  'scheduling',
  'is_draining',
  'is_worker_away',
] as const;

export type ConditionRow = Pick<Selectable<BuildWorkersTable>, (typeof CONDITION_COLUMNS)[number]>;

/** A row as the rule of the domain sees it. */
export function conditionOf(row: ConditionRow, now: Date, silenceMs: number): WorkerCondition {
  const { disk_free_bytes: freeBytes, disk_reserve_bytes: reserveBytes } = row;
  const leftMs = (row.quarantined_until?.getTime() ?? 0) - now.getTime();
  return {
    silentForMs: row.last_heartbeat === null ? null : now.getTime() - row.last_heartbeat.getTime(),
    isSilentSinceLoss:
      row.lease_ran_out_at !== null &&
      row.last_heartbeat !== null &&
      row.lease_ran_out_at > row.last_heartbeat,
    silenceMs,
    slots: row.concurrent_builds_limit,
    running: row.current_builds_count,
    disk:
      freeBytes === null || reserveBytes === null
        ? null
        : { freeBytes, reserveBytes, freeInodes: row.disk_free_inodes },
    builderTrouble: row.builder_trouble,
    toolVersions: row.tool_versions,
    acceptedHoles: row.accepted_holes,
    quarantine: leftMs > 0 ? { leftMs, reason: row.quarantine_reason ?? '' } : null,
    scheduling: row.scheduling,
    isDraining: row.is_draining,
    isWorkerAway: row.is_worker_away,
  };
}

/** The judgement of a host that the controller has not marked as offline, by the silence that it is configured for. */
export function judgeOnline(row: ConditionRow, now: Date): WorkerJudgement {
  return judgeRow(row, now, Number.POSITIVE_INFINITY);
}

export function judgeRow(row: ConditionRow, now: Date, silenceMs: number): WorkerJudgement {
  return judgeWorker(conditionOf(row, now, silenceMs));
}
