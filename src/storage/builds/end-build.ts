import type { RunOutcome } from '../../domain/builds/outcome.js';
import { STAGING_KEEP_MS } from '../../domain/builds/retry.js';
import type { EndedBuild } from '../../domain/builds/pipeline-run.js';
import type { FailureStage, ResultStatus, TerminalStatus } from '../../domain/builds/status.js';
import { ERRORS, isErrorCode } from '../../domain/errors.js';
import type { Tx } from '../database.js';
import type { LockedBuild } from '../dispatch/lock-build.js';
import { endAttempt } from '../dispatch/end-attempt.js';
import { sealOpenLog } from '../dispatch/seal-open-log.js';
import { stagedImage } from '../dispatch/staged-image.js';
import { endHeld } from '../gates/end-gate.js';
import { recordArtifacts } from '../artifacts/record-artifacts.js';
import { notifyBuild } from '../notify.js';
import { wakeMoves } from '../base-images/wake-moves.js';
import { wakeBuffered } from '../schedules/wake-buffered.js';
import { storableText, toJson } from '../storable.js';
import { after, databaseNow } from '../times.js';
import { closeOpenSteps } from './close-open-steps.js';
import { measureTimes } from './measure-times.js';
import { giveUpPublications, measurePublication, planLooks } from './publications.js';
import { insertMetrics } from './insert-metrics.js';
import type { SavedImage } from './save-image.js';
import { savePartlyPublished } from './save-partly-published.js';

/** Why a build did not succeed. What is absent is taken from the error table, or unknown. */
export interface EndFailure {
  readonly code: string;
  readonly stage: FailureStage | null;
  readonly message?: string;
  readonly retryable?: boolean;
  readonly stepNumber?: number | null;
  readonly instruction?: string | null;
  readonly exitCode?: number | null;
  readonly lastLines?: readonly string[];
}

export interface BuildEnd {
  readonly status: TerminalStatus;
  readonly result: ResultStatus;
  /** For the status history. */
  readonly reason: string;
  readonly failure: EndFailure | null;
  /** The attempt that decided; null when none ran. */
  readonly attempt: number | null;
  readonly outcome?: RunOutcome | null;
  readonly image?: SavedImage;
  /** How long at most a success keeps its image in staging; not at all where absent. */
  readonly keepStagingMs?: number;
}

/** The one way to a terminal status: build, result, metrics, steps, logs and history together. Needs the build's lock. */
export async function endBuild(tx: Tx, build: LockedBuild, end: BuildEnd): Promise<EndedBuild> {
  const at = await databaseNow(tx);
  const times = await measureTimes(tx, build, at, end.attempt);
  const message = end.failure === null ? null : failureText(end.failure);
  await closeOpenSteps(tx, build.id, at);
  await endHeld(tx, build.id, 'withdrawn');
  const pushMs = await measurePublication(tx, build);
  await giveUpPublications(tx, build.id, at);
  if (end.status === 'success') await endOpenAttempts(tx, build.id);
  else await planLooks(tx, build.id, at);
  await sealOpenLogs(tx, build.id);
  await tx
    .updateTable('builds')
    .set({
      status: end.status,
      completed_at: at,
      held_at: null,
      error_message: message,
      image_id: end.image?.id ?? (await savePartlyPublished(tx, build)),
      staging_kept_until:
        end.keepStagingMs === undefined
          ? await keptUntil(tx, build, end.status, at)
          : after(at, end.keepStagingMs),
    })
    .where('id', '=', build.id)
    .execute();
  await tx
    .updateTable('build_results')
    .set({
      status: end.result,
      // The exit code of the build process says nothing of a failure that came after it.
      exit_code: end.failure === null ? (end.outcome?.exitCode ?? null) : (end.failure.exitCode ?? null),
      output_image_id: end.image?.id ?? null,
      output_image_url: end.image?.url ?? null,
      output_image_digest: end.image?.digest ?? null,
      ...failureColumns(end.failure, message),
      total_duration_milliseconds: times.totalMs,
      queue_wait_milliseconds: times.queuedMs,
      build_execution_milliseconds: times.executionMs,
      artifact_push_milliseconds: pushMs,
    })
    .where('build_id', '=', build.id)
    .execute();
  if (!(await wasTakenUp(tx, build.id))) await recordClean(tx, build.id, at);
  await recordArtifacts(tx, build, end.image);
  await insertMetrics(tx, build, times, end.outcome ?? null, end.image ?? null);
  await tx
    .insertInto('build_status_history')
    .values({
      tenant_id: build.tenant_id,
      build_id: build.id,
      from_status: build.status,
      to_status: end.status,
      reason: storableText(end.reason),
      changed_by_user_id: end.status === 'cancelled' ? build.cancel_requested_by_user_id : null,
      changed_by_system: end.status !== 'cancelled' || build.cancel_requested_by_user_id === null,
      changed_at: at,
    })
    .execute();
  await wakeBuffered(tx, build.id);
  await wakeMoves(tx, build.id);
  await notifyBuild(tx, build.id, 'end');
  return {
    method: build.build_method,
    result: end.result,
    failureCode: end.failure?.code ?? null,
    ...{ queuedMs: times.queuedMs, executionMs: times.executionMs },
  };
}

/** The image of a build that failed or was cancelled after it was staged is kept for a while, and so is the one that this build was to publish. */
async function keptUntil(tx: Tx, build: LockedBuild, status: TerminalStatus, at: Date): Promise<Date | null> {
  const staged = status === 'success' ? null : await stagedImage(tx, build.id);
  if (staged === null) return null;
  const until = after(at, STAGING_KEEP_MS);
  if (staged.buildId === build.id) return until;
  await tx
    .updateTable('builds')
    .set({ staging_kept_until: until })
    .where('id', '=', staged.buildId)
    .execute();
  return null;
}

function failureText(failure: EndFailure): string {
  return storableText(
    failure.message ?? (isErrorCode(failure.code) ? ERRORS[failure.code].text : failure.code),
  );
}

function failureColumns(failure: EndFailure | null, message: string | null) {
  if (failure === null) return {};
  return {
    failure_reason: message,
    failure_code: failure.code,
    failure_stage: failure.stage,
    failure_step: failure.stepNumber ?? null,
    failure_instruction: failure.instruction == null ? null : storableText(failure.instruction),
    failure_last_lines: toJson(failure.lastLines ?? []),
    retryable: failure.retryable ?? (isErrorCode(failure.code) ? ERRORS[failure.code].retryable : null),
  };
}

async function wasTakenUp(tx: Tx, buildId: string): Promise<boolean> {
  const lease = await tx
    .selectFrom('leases')
    .select('id')
    .where('build_id', '=', buildId)
    .where('acknowledged_at', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return lease !== undefined;
}

/** A build that no host took up has left nothing behind. */
async function recordClean(tx: Tx, buildId: string, at: Date): Promise<void> {
  await tx
    .updateTable('build_results')
    .set({ cleanup_status: 'completed' })
    .where('build_id', '=', buildId)
    .execute();
  await tx.updateTable('builds').set({ cleanup_at: at }).where('id', '=', buildId).execute();
}

/** An attempt that only published has no outcome of its own: that of the build is its. */
async function endOpenAttempts(tx: Tx, buildId: string): Promise<void> {
  const open = await tx
    .selectFrom('attempts')
    .select('attempt')
    .where('build_id', '=', buildId)
    .where('ended_at', 'is', null)
    .execute();
  for (const { attempt } of open) await endAttempt(tx, buildId, attempt, 'succeeded');
}

async function sealOpenLogs(tx: Tx, buildId: string): Promise<void> {
  const open = await tx
    .selectFrom('attempts')
    .select('attempt')
    .where('build_id', '=', buildId)
    .where('log_sealed_at', 'is', null)
    .orderBy('attempt')
    .execute();
  for (const { attempt } of open) await sealOpenLog(tx, buildId, attempt);
}
