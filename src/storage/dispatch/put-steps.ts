import { sql } from 'kysely';
import type { Step } from '../../domain/builds/step-status.js';
import { STEP_STATUS, STEP_STATUSES } from '../../domain/builds/step-status.js';
import type { LeaseHolder } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { storableOrNull, storableText } from '../storable.js';
import { holdLease } from './hold-lease.js';

const ENDED = STEP_STATUSES.filter((status) => STEP_STATUS[status].terminal);

const COLUMNS = [
  'step_name',
  'instruction_type',
  'status',
  'cached',
  'layer_digest',
  'layer_size_bytes',
  'stdout',
  'stderr',
  'error_message',
  'error_code',
  'started_at',
  'completed_at',
  'duration_seconds',
  'duration_milliseconds',
] as const;

/** Upserts whole steps. A supervisor that starts again reports from the beginning: a step that has ended does not run again. */
export async function putSteps(
  db: Database,
  holder: LeaseHolder,
  fence: number,
  steps: readonly Step[],
): Promise<void> {
  await inTenant(db, holder.tenantId, async (tx) => {
    await holdLease(tx, holder, fence);
    const latest = [...new Map(steps.map((step) => [step.number, step])).values()];
    if (latest.length === 0) return;
    await tx
      .insertInto('build_steps')
      .values(latest.sort((a, b) => a.number - b.number).map((step) => toRow(holder, step)))
      .onConflict((conflict) =>
        conflict
          .columns(['build_id', 'attempt', 'step_number'])
          .doUpdateSet((eb) =>
            Object.fromEntries(COLUMNS.map((column) => [column, eb.ref(`excluded.${column}`)])),
          )
          .where(({ or, eb }) =>
            or([
              eb('build_steps.status', 'not in', ENDED),
              eb(sql<(typeof ENDED)[number]>`excluded.status`, 'in', ENDED),
            ]),
          ),
      )
      .execute();
    await notifyBuild(tx, holder.buildId, 'build');
  });
}

function toRow(holder: LeaseHolder, step: Step) {
  const durationMs = step.durationMs === null ? null : Math.max(0, Math.round(step.durationMs));
  return {
    tenant_id: holder.tenantId,
    build_id: holder.buildId,
    attempt: holder.attempt,
    step_number: step.number,
    step_name: storableText(step.name),
    instruction_type: storableOrNull(step.instructionType),
    status: step.status,
    cached: step.cached,
    layer_digest: step.layerDigest,
    layer_size_bytes: step.layerSizeBytes,
    stdout: storableOrNull(step.stdout),
    stderr: storableOrNull(step.stderr),
    error_message: storableOrNull(step.errorMessage),
    error_code: storableOrNull(step.errorCode),
    started_at: step.startedAt === null ? null : new Date(step.startedAt),
    completed_at: step.completedAt === null ? null : new Date(step.completedAt),
    duration_seconds: durationMs === null ? null : Math.round(durationMs / 1000),
    duration_milliseconds: durationMs,
  };
}
