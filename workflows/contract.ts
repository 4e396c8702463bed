import { defineSignal } from '@temporalio/workflow';
import type { TerminalStatus } from '../src/domain/builds/status.js';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import type { TickStatus } from '../src/domain/schedules/schedule.js';
import { WORKFLOW_TASK_TIMEOUT_MS } from './activity-options.js';

/** Task queue of the controller: workflows and their local activities. */
export const CONTROL_TASK_QUEUE = 'kiln-control';

/** Task queue of explorations of images: read by the controllers beside the other, one at a time, so that nothing waits for them. */
export const EXPLORE_TASK_QUEUE = 'kiln-explore';

/** Task queue of inspections of staged images, for which builds wait at their gates: read by the controllers, one at a time. */
export const INSPECT_TASK_QUEUE = 'kiln-inspect';

/** Task queue of one worker host: the remote activities of its builds. */
export function workerTaskQueue(workerId: string): string {
  return `worker/${workerId}`;
}

/** Workflow id of a build. Starting it twice is refused by Temporal, which makes the start idempotent. */
export function buildWorkflowId(buildId: string): string {
  return `build/${buildId}`;
}

/** The build of such an id; null for any other id. */
export function buildOfWorkflow(workflowId: string): string | null {
  return /^build\/(.+)$/.exec(workflowId)?.[1] ?? null;
}

/** Workflow id of the chain of retries of a build. Open while a retry of the chain runs; a later retry opens it again. */
export function retryWorkflowId(firstBuildId: string): string {
  return `retry/${firstBuildId}`;
}

/** How the exploration of an image starts. It may be asked for again: what is known is not found out twice, what is missing or lost is. */
export function exploreStartOptions({ tenantId, projectId, digest }: ExploreInput) {
  const args: [ExploreInput] = [{ tenantId, projectId, digest }];
  return {
    args,
    workflowId: `image/${tenantId}/${digest}`,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    searchAttributes: { [SEARCH_ATTRIBUTES.tenant]: [tenantId] },
    staticSummary: `layers of ${digest.slice(0, 19)}`,
  } as const;
}

/** How the signing of what a build has made starts. It may be asked for again: what is signed stays. */
export function attestStartOptions(buildId: string) {
  const args: [{ readonly buildId: string }] = [{ buildId }];
  return {
    args,
    workflowId: `attest/${buildId}`,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    staticSummary: 'provenance and signatures',
  } as const;
}

/** Workflow id of a prune. */
export function pruneWorkflowId(pruneId: string): string {
  return `prune/${pruneId}`;
}

/** Workflow id of a prune of builds. */
export function buildPruneWorkflowId(pruneId: string): string {
  return `build-prune/${pruneId}`;
}

/** Id of the Schedule that prunes every project with a policy, and of the workflow that it starts. */
export const RETENTION_SCHEDULE_ID = 'kiln-retention';

/** Id of the Schedule that inspects images in use, and of the workflow that it starts. */
export const INSPECTION_SCHEDULE_ID = 'kiln-inspection';

/** Id of the Schedule that looks where watched tags point, and of the workflow that it starts. */
export const BASE_IMAGES_SCHEDULE_ID = 'kiln-base-images';

/** Input of that workflow: one tenant, or all of them where none is named. */
export interface BaseImagesInput {
  readonly tenantId?: string | null;
}

/** How a look starts that somebody has asked for. One that is under way is as good. */
export function baseImagesStartOptions(tenantId: string) {
  const args: [BaseImagesInput] = [{ tenantId }];
  return {
    args,
    workflowId: `base-images/${tenantId}`,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'FAIL',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    staticSummary: 'where watched tags point',
  } as const;
}

const BELL = 'schedule/';

/** Id of the Temporal Schedule of a schedule, and what the ids of its workflows begin with. */
export function scheduleBellId(scheduleId: string): string {
  return `${BELL}${scheduleId}`;
}

/** The schedule of such an id; null for any other id. */
export function scheduleOfBell(bellId: string): string | null {
  return bellId.startsWith(BELL) ? bellId.slice(BELL.length) : null;
}

/** Input of the workflow of a tick. `at`: the time of the tick in ISO 8601; a Temporal Schedule tells it by its search attribute. */
export interface TickInput {
  readonly scheduleId: string;
  readonly at?: string;
}

/** Result of that workflow: what became of the tick; `foreign` where it is no time of a schedule that there is. */
export interface TickOutput {
  readonly status: TickStatus | 'foreign';
  readonly buildId: string | null;
}

/** How the workflow of a tick starts that no Temporal Schedule has rung for. It may be asked for again: a tick makes one build at most. */
export function tickStartOptions(scheduleId: string, at: string) {
  const args: [TickInput] = [{ scheduleId, at }];
  return {
    args,
    workflowId: `${scheduleBellId(scheduleId)}/${at}`,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
  } as const;
}

/** Workflow type names, for clients that must not import workflow code. */
export const BUILD_WORKFLOW_TYPE = 'build';
export const RETRY_WORKFLOW_TYPE = 'retry';
export const EXPLORE_WORKFLOW_TYPE = 'explore';
export const ATTEST_WORKFLOW_TYPE = 'attest';
export const PRUNE_WORKFLOW_TYPE = 'prune';
export const BUILD_PRUNE_WORKFLOW_TYPE = 'buildPrune';
export const RETENTION_WORKFLOW_TYPE = 'retention';
export const INSPECTION_WORKFLOW_TYPE = 'inspection';
export const TICK_WORKFLOW_TYPE = 'tick';
export const BASE_IMAGES_WORKFLOW_TYPE = 'baseImages';

/** Search attributes registered at every start; all of type Keyword. */
export const SEARCH_ATTRIBUTES = {
  status: 'KilnStatus',
  tenant: 'KilnTenant',
  project: 'KilnProject',
  method: 'KilnMethod',
} as const;

/** Input of the build workflow: ids only; everything else is read from PostgreSQL by activities. */
export interface BuildInput {
  readonly buildId: string;
  readonly tenantId: string;
  readonly projectId: string;
}

/** An image by its digest, and the project whose credentials open its registry. */
export interface ExploreInput {
  readonly tenantId: string;
  readonly projectId: string;
  readonly digest: string;
}

/** What the start of a build's workflow needs. `firstBuildId`: of a retry, the first build of its chain; null otherwise. */
export interface BuildStart extends BuildInput {
  /** The project's slug. */
  readonly project: string;
  readonly method: string;
  readonly buildNumber: number;
  readonly firstBuildId: string | null;
}

/** How the workflow of a build starts, whoever starts it: the api, the relay, the audit, or the workflow of its chain of retries. */
export function buildStartOptions({ project, method, buildNumber, ...build }: BuildStart) {
  const { buildId, tenantId, projectId } = build;
  const args: [BuildInput] = [{ buildId, tenantId, projectId }];
  return {
    args,
    workflowId: buildWorkflowId(buildId),
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    searchAttributes: {
      [SEARCH_ATTRIBUTES.status]: ['queued'],
      [SEARCH_ATTRIBUTES.tenant]: [tenantId],
      [SEARCH_ATTRIBUTES.project]: [project],
      [SEARCH_ATTRIBUTES.method]: [method],
    },
    staticSummary: `${project} #${buildNumber} (${method})`,
    staticDetails: `Build \`${buildId}\` of project **${project}**. The log and the steps are in Kiln.`,
  } as const;
}

/** Result of the build workflow. A failed build completes the workflow normally. */
export interface BuildOutput {
  readonly status: TerminalStatus;
}

/** Result of the workflow of a chain: the builds that it was told of. */
export interface RetryOutput {
  readonly builds: readonly string[];
}

/** Names the new build of a chain, whose id the api chose. */
export const retryBuildSignal = defineSignal<[BuildStart]>('retryBuild');

/** Doorbells: the row in PostgreSQL is the message. */
export const cancelBuildSignal = defineSignal('cancelBuild');
export const leaseGrantedSignal = defineSignal('leaseGranted');
export const approveBuildSignal = defineSignal('approveBuild');
export const rejectBuildSignal = defineSignal('rejectBuild');

/**
 * What `requestLease` answers. `waitMs`: how long the queue deadline leaves; null without one. `cancelled` names the valid
 * lease that is still held, so that it can be given back. `held`: the gate waits for a decision, for `waitMs` at most; `refused`: the
 * decision was against the build.
 */
export type LeaseAnswer =
  | {
      readonly kind: 'granted';
      readonly lease: LeaseRef;
      readonly workerId: string;
      /** Absent in histories of versions that did not tell it. */
      readonly workerName?: string;
      readonly stagedDigest: string | null;
      readonly buildTimeoutMs: number;
      /** Whether the build is over with its image in staging: a what-if. Absent for every other build. */
      readonly isUnpublished?: boolean;
      /** Whether its image has to pass a gate before it is published. */
      readonly isGated: boolean;
      /** Whether that gate judges what a scan finds. */
      readonly needsScan: boolean;
    }
  | { readonly kind: 'held'; readonly waitMs: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'waiting'; readonly waitMs: number | null }
  | { readonly kind: 'ended'; readonly status: TerminalStatus }
  | { readonly kind: 'cancelled'; readonly lease: LeaseRef | null };

/** Result of the build activity on the worker. */
export interface BuildReport {
  readonly result: 'succeeded' | 'failed' | 'cancelled' | 'lost';
  readonly manifestDigest: string | null;
}

/** What became of the tags of a build. `missing`: a repository does not hold the image (any more). */
export type MoveResult = 'moved' | 'cancelled' | 'fenced' | 'missing';

/** How a build is to be recorded. The details are read from attempts.outcome. */
export type Ending =
  | { readonly kind: 'published' }
  /** Of a what-if, which ends with its image in staging. */
  | { readonly kind: 'staged' }
  | { readonly kind: 'run_failed' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'queue_timeout' }
  | { readonly kind: 'build_timeout' }
  /** Held at the gate, and rejected or not approved in time; the row says which. */
  | { readonly kind: 'not_approved' }
  /** The workflow is gone without a record; the audit ends the build. */
  | { readonly kind: 'abandoned' }
  | { readonly kind: 'publish_failed'; readonly code: string; readonly message: string };
