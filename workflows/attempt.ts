import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import {
  BUILD_OPTIONS,
  CONTROL_OPTIONS,
  GATE_OPTIONS,
  INSPECT_OPTIONS,
  PUBLISH_OPTIONS,
  TAG_AGAIN_OPTIONS,
  TAG_OPTIONS,
} from './activity-options.js';
import type { ControlActivities, InspectActivities, WorkerActivities } from './activity-types.js';
import type { BuildRun } from './build-run.js';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import type { Ending, LeaseAnswer, MoveResult } from './contract.js';
import { INSPECT_TASK_QUEUE, workerTaskQueue } from './contract.js';
import { applicationFailure, failureCode } from './failure-code.js';
import { runPhase } from './phase.js';
import { publishFailed } from './publish-failed.js';

const control = proxyLocalActivities<ControlActivities>(CONTROL_OPTIONS);
const gates = proxyLocalActivities<ControlActivities>(GATE_OPTIONS);
const inspector = proxyActivities<InspectActivities>({
  ...INSPECT_OPTIONS,
  taskQueue: INSPECT_TASK_QUEUE,
  summary: 'bill of materials and scan',
});
const tags = proxyLocalActivities<ControlActivities>(TAG_OPTIONS);
const tagsAgain = proxyActivities<ControlActivities>({ ...TAG_AGAIN_OPTIONS, summary: 'tags, again' });

type Granted = Extract<LeaseAnswer, { kind: 'granted' }>;
/** What a phase leads to: the next phase with a value, the build's end, or a new attempt. */
type Step<T> = { readonly next: T } | { readonly ending: Ending } | { readonly lost: true };

/** One attempt under one lease: build, pass the gate, publish, move tags; of a what-if the build alone. `null` means: the lease is gone, get another. */
export async function runAttempt(run: BuildRun, grant: Granted): Promise<Ending | null> {
  const built = grant.stagedDigest === null ? await buildPhase(run, grant) : { next: grant.stagedDigest };
  if ('lost' in built) return null;
  if ('ending' in built) return built.ending;
  if (grant.isUnpublished === true) return { kind: 'staged' };
  if (grant.isGated) {
    const stopped = grant.needsScan ? await inspectPhase(run, grant) : { next: null };
    if ('lost' in stopped) return null;
    if ('ending' in stopped) return stopped.ending;
    run.tell('Shows its image to its gate.');
    const { open, refused } = await gates.passGate(grant.lease);
    if (refused === true) return { kind: 'not_approved' };
    if (!open) return null;
  }
  return publish(run, grant, built.next);
}

/** An inspection that fails leaves nothing behind, which the gate takes for what is not known. */
async function inspectPhase(run: BuildRun, { lease }: Granted): Promise<Step<null>> {
  run.tell('Makes the bill of materials and scans it, for its gate.');
  const end = await runPhase(run, lease, null, () => inspector.inspectStaged(lease));
  if (end.kind === 'cancelled') return { ending: { kind: 'cancelled' } };
  return end.kind === 'lost' ? { lost: true } : { next: null };
}

/** An image that goes from a repository between its copy and its tag is copied again, so many times. */
const COPIES = 3;

async function publish(run: BuildRun, grant: Granted, digest: string): Promise<Ending | null> {
  for (let copies = 1; ; copies += 1) {
    const published = await publishPhase(run, grant, digest);
    if ('lost' in published) return null;
    if ('ending' in published) return published.ending;
    run.tell('Moves its tags.');
    const moved = await moveTags(grant, copies < COPIES);
    if (moved !== 'missing') return moved;
  }
}

async function buildPhase(
  run: BuildRun,
  { lease, workerId, workerName = workerId, buildTimeoutMs }: Granted,
): Promise<Step<string>> {
  const worker = proxyActivities<WorkerActivities>({
    ...BUILD_OPTIONS,
    taskQueue: workerTaskQueue(workerId),
    summary: `attempt ${lease.attempt}: source, build, stage`,
  });
  run.tell(`Attempt ${lease.attempt} runs on the host ${workerName}: source, build, staging.`);
  const end = await runPhase(run, lease, buildTimeoutMs, () => worker.buildImage(lease));
  if (end.kind === 'cancelled') return { ending: { kind: 'cancelled' } };
  if (end.kind === 'timeout') return { ending: { kind: 'build_timeout' } };
  if (end.kind === 'lost') return { lost: true };
  const report = end.kind === 'done' ? end.value : null;
  if (report?.result === 'succeeded' && report.manifestDigest !== null)
    return { next: report.manifestDigest };
  if (report?.result === 'failed') {
    const { again } = await control.tryAgain(lease);
    return again ? { lost: true } : { ending: { kind: 'run_failed' } };
  }
  if (report?.result === 'cancelled') return { ending: { kind: 'cancelled' } };
  await control.loseAttempt(lease);
  return { lost: true };
}

async function publishPhase(
  run: BuildRun,
  { lease, workerId }: Granted,
  digest: string,
): Promise<Step<null>> {
  const worker = proxyActivities<WorkerActivities>({
    ...PUBLISH_OPTIONS,
    taskQueue: workerTaskQueue(workerId),
    summary: `publish ${digest.slice(0, 19)}`,
  });
  run.tell(`Copies ${digest} to its destinations.`);
  const end = await runPhase(run, lease, null, () => worker.publishImage({ ...lease, digest }));
  if (end.kind === 'cancelled') return { ending: { kind: 'cancelled' } };
  if (end.kind === 'failed' && failureCode(end.error) === 'stale_fence') return { lost: true };
  // The row knew of the cancel before the doorbell rang here.
  if (end.kind === 'failed' && failureCode(end.error) === 'cancelled')
    return { ending: { kind: 'cancelled' } };
  if (end.kind === 'failed') return { ending: publishFailed(end.error) };
  return end.kind === 'done' ? { next: null } : { lost: true };
}

async function moveTags({ lease }: Granted, mayCopyAgain: boolean): Promise<Ending | null | 'missing'> {
  try {
    const { result } = await moveInTries(lease);
    if (result === 'fenced') return null;
    if (result === 'missing') return mayCopyAgain ? 'missing' : IMAGE_VANISHED;
    return result === 'moved' ? { kind: 'published' } : { kind: 'cancelled' };
  } catch (error) {
    return publishFailed(error);
  }
}

/** What the registry has not refused for good is tried again. */
async function moveInTries(lease: LeaseRef): Promise<{ result: MoveResult }> {
  const sinceMs = Date.now();
  try {
    return await tags.moveTags(lease);
  } catch (error) {
    if (applicationFailure(error)?.nonRetryable === true) throw error;
    return tagsAgain.moveTagsAgain({ ...lease, sinceMs });
  }
}

const IMAGE_VANISHED: Ending = {
  kind: 'publish_failed',
  code: 'registry_failed',
  message: 'A destination did not keep the image for long enough to be tagged, again and again.',
};
