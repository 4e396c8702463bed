import type { RunOutcome } from '../../domain/builds/outcome.js';
import { WHAT_IF_KEEP_MS } from '../../domain/builds/what-if.js';
import type { LeaseRef } from '../../domain/dispatch/lease.js';
import { KilnError } from '../../domain/errors.js';
import { limitAndRemedy } from '../../domain/limits/how-to-raise.js';
import { formatLimit } from '../../domain/limits/limit-units.js';
import type { Ending } from '../../ports/dispatch.js';
import type { Tx } from '../database.js';
import type { LockedBuild } from '../dispatch/lock-build.js';
import { stagedImage, type StagedImage } from '../dispatch/staged-image.js';
import { closeGate } from '../gates/end-gate.js';
import type { BuildEnd } from './end-build.js';
import { isPublished } from './published.js';
import { readConfig } from './read-config.js';
import { readQueueReason } from './read-queue-reason.js';
import { requestAttestation } from '../provenance/request-attestation.js';
import { closeForResume } from './resume.js';
import { markKnownBase, saveBaseImages } from './save-base-images.js';
import { mapLayersToSteps, saveImage, type SavedImage } from './save-image.js';

/**
 * What an ending means for the rows. Tags that were all moved make it a success, whatever the ending says. stale_fence when the
 * lease is not the current one and the ending is not proved by what is stored (the outcome of the attempt, a cancel).
 */
export async function decideEnd(
  tx: Tx,
  build: LockedBuild,
  lease: LeaseRef | null,
  ending: Ending,
): Promise<BuildEnd> {
  if (isPublished(build)) return publishedEnd(tx, build);
  const attempt = lease?.attempt ?? (build.attempt_count === 0 ? null : build.attempt_count);
  const outcome = attempt === null ? null : await outcomeOf(tx, build.id, attempt);
  const overtaken = lease !== null && lease.fence !== build.fence;
  switch (ending.kind) {
    case 'published':
      throw new KilnError('stale_fence', {
        detail: `build ${build.id} has not moved all tags: ${JSON.stringify(build.tags_moved)}`,
      });
    case 'staged':
      if (overtaken) throw new KilnError('stale_fence');
      if (build.what_if === null)
        throw new KilnError('illegal_transition', { message: 'Only a what-if ends unpublished.' });
      return stagedEnd(tx, build);
    case 'run_failed':
      if (overtaken && outcome?.failure == null) throw new KilnError('stale_fence');
      return {
        status: 'failed',
        result: outcome?.failure?.code === 'step_timeout' ? 'timeout' : 'failed',
        reason: outcome?.failure?.code ?? 'engine_failed',
        failure: outcome?.failure ?? { code: 'engine_failed', stage: 'build' },
        attempt,
        outcome,
      };
    case 'publish_failed':
      if (overtaken) throw new KilnError('stale_fence');
      if (ending.code === 'staged_image_missing') await forgetStagedImage(tx, build.id);
      return {
        status: 'failed',
        result: 'failed',
        reason: ending.code,
        failure: { code: ending.code, stage: 'push', message: `${ending.message}${publicationText(build)}` },
        attempt,
        outcome,
      };
    case 'build_timeout':
      if (overtaken) throw new KilnError('stale_fence');
      return {
        status: 'failed',
        result: 'timeout',
        reason: 'build_timeout',
        failure: { code: 'build_timeout', stage: 'build', message: await builtTooLong(tx, build.id) },
        attempt,
        outcome,
      };
    case 'queue_timeout':
      // Granted in the meantime: the row decides, not the timer.
      if (build.status !== 'queued') throw new KilnError('stale_fence');
      return {
        status: 'failed',
        result: 'timeout',
        reason: 'queue_timeout',
        failure: { code: 'queue_timeout', stage: null, message: await waitedTooLong(tx, build.id) },
        attempt,
      };
    case 'not_approved': {
      const failure = await closeGate(tx, build.id);
      const result = failure.code === 'approval_expired' ? 'timeout' : 'failed';
      return { status: 'failed', result, reason: failure.message ?? failure.code, failure, attempt, outcome };
    }
    case 'abandoned':
      if (build.cancel_requested_at !== null) return cancelledEnd(tx, build, attempt, outcome);
      return {
        status: 'failed',
        result: 'failed',
        reason: 'workflow_lost',
        failure: { code: 'workflow_lost', stage: null, message: 'The workflow of the build is gone.' },
        attempt,
        outcome,
      };
    case 'cancelled':
      if (overtaken && build.cancel_requested_at === null) throw new KilnError('stale_fence');
      return cancelledEnd(tx, build, attempt, outcome);
  }
}

async function publishedEnd(tx: Tx, build: LockedBuild): Promise<BuildEnd> {
  const staged = await stagedImage(tx, build.id);
  if (staged === null) {
    throw new KilnError('illegal_transition', { message: 'The build has no image that was published.' });
  }
  // Before the image, whose layers other builds wait for.
  const hasBase = await saveBaseImages(tx, build, {
    recorded: staged.outcome.materials?.images,
    baseImage: staged.image.baseImage,
  });
  const image = await saveImage(tx, build, staged.image);
  if (!hasBase) await markKnownBase(tx, build.id, image.id);
  await requestAttestation(tx, build);
  return success(tx, build, staged, { image, reason: 'published' });
}

/** A what-if is a success with its image in staging, where it stays until it has been looked into. */
async function stagedEnd(tx: Tx, build: LockedBuild): Promise<BuildEnd> {
  const staged = await stagedImage(tx, build.id);
  if (staged === null) throw new KilnError('illegal_transition', { message: 'The build has no image.' });
  const hasBase = await saveBaseImages(tx, build, {
    recorded: staged.outcome.materials?.images,
    baseImage: staged.image.baseImage,
  });
  const image = await saveImage(tx, build, staged.image);
  if (!hasBase) await markKnownBase(tx, build.id, image.id);
  const end = await success(tx, build, staged, { image, reason: 'built, and not published: a what-if' });
  return image.isAwaited ? { ...end, keepStagingMs: WHAT_IF_KEEP_MS } : end;
}

async function success(
  tx: Tx,
  build: LockedBuild,
  staged: StagedImage,
  { image, reason }: { readonly image: SavedImage; readonly reason: string },
): Promise<BuildEnd> {
  const end = { status: 'success', result: 'success', reason, failure: null, image } as const;
  if (staged.buildId !== build.id)
    return { ...end, attempt: build.attempt_count, outcome: onlyPublished(staged.outcome) };
  await mapLayersToSteps(tx, build.id, staged.attempt, staged.image);
  return { ...end, attempt: staged.attempt, outcome: staged.outcome };
}

/** A registry that has lost the image makes a retry from there pointless. */
async function forgetStagedImage(tx: Tx, buildId: string): Promise<void> {
  const staged = await stagedImage(tx, buildId);
  if (staged !== null) await closeForResume(tx, staged.buildId);
}

async function builtTooLong(tx: Tx, buildId: string): Promise<string> {
  const { buildTimeoutMs } = await readConfig(tx, buildId);
  return `The build ran longer than its timeout of ${formatLimit('build_timeout_seconds', buildTimeoutMs / 1000)}.`;
}

async function waitedTooLong(tx: Tx, buildId: string): Promise<string> {
  const { limits } = await readConfig(tx, buildId);
  const limit = limitAndRemedy('max_queued_wait_minutes', limits.max_queued_wait_minutes);
  return `The build waited in the queue (${await readQueueReason(tx, buildId)}) longer than ${limit}`;
}

/** Of a retry that ran no builder: the image is an earlier build's, the measurements would be too. */
function onlyPublished({ image }: RunOutcome): RunOutcome {
  const metrics = {
    sourceDurationMs: null,
    buildDurationMs: null,
    pushDurationMs: null,
    peakMemoryBytes: null,
    cpuUsagePercent: null,
    diskReadBytes: null,
    diskWriteBytes: null,
  };
  return { result: 'succeeded', exitCode: null, failure: null, image, metrics };
}

/** A cancel that came after the first tag was moved says so. */
async function cancelledEnd(
  tx: Tx,
  build: LockedBuild,
  attempt: number | null,
  outcome: RunOutcome | null,
): Promise<BuildEnd> {
  const hasBegun = build.publish_began_at !== null;
  const newer = await supersededBy(tx, build);
  const why = newer === null ? 'cancelled' : `superseded by #${String(newer)}, a newer build of its branch`;
  const message = hasBegun
    ? `The build was ${why} after its publication had begun; moved: ${movedText(build)}.`
    : `The build was ${why}.`;
  return {
    status: 'cancelled',
    result: 'cancelled',
    reason: hasBegun ? message : why,
    failure: { code: 'cancelled', stage: null, message, exitCode: outcome?.exitCode ?? null },
    attempt,
    outcome,
  };
}

async function supersededBy(tx: Tx, { superseded_by_build_id: newer }: LockedBuild): Promise<number | null> {
  if (newer === null) return null;
  const row = await tx.selectFrom('builds').select('build_number').where('id', '=', newer).executeTakeFirst();
  return row?.build_number ?? null;
}

/** What a failed publication leaves behind, and why a cancel did not keep it from that; nothing where no tag can have been touched. */
function publicationText(build: LockedBuild): string {
  if (build.publish_began_at === null) return '';
  const left = build.destinations.filter((destination) => !build.tags_moved.includes(destination));
  const moved = ` Its publication had begun; moved: ${movedText(build)}; not confirmed: ${left.join(', ')}.`;
  return build.cancel_requested_at === null
    ? moved
    : `${moved} A cancel was asked for, but it does not stop a publication that has begun.`;
}

function movedText({ tags_moved }: LockedBuild): string {
  return tags_moved.length === 0 ? 'no tag' : tags_moved.join(', ');
}

async function outcomeOf(tx: Tx, buildId: string, attempt: number): Promise<RunOutcome | null> {
  const row = await tx
    .selectFrom('attempts')
    .select('outcome')
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .executeTakeFirst();
  return row?.outcome ?? null;
}
