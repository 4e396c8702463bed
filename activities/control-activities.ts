import { Context, log, sleep } from '@temporalio/activity';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import type { Dispatcher, Owner, Recorder } from '../src/ports/dispatch.js';
import type { BuildPruner } from '../src/ports/build-retention.js';
import type { Pruner } from '../src/ports/retention.js';
import type { ImageRegistry } from '../src/ports/image-registry.js';
import type { ControlActivities } from '../workflows/activity-types.js';
import type { TickOutput } from '../workflows/contract.js';
import { beating } from './beating.js';
import { mapped } from './failure.js';
import { moveTags, moveTagsAgain } from './move-tags.js';

export interface ControlDeps {
  readonly dispatcher: Dispatcher;
  readonly recorder: Recorder;
  /** Registries with the credentials of a project. */
  readonly registryFor: (owner: Owner) => Pick<ImageRegistry, 'tag' | 'tagged' | 'remove'>;
  /** How often a tag step is tried in all. */
  readonly tagTries: number;
  /** Judges the staged image of a build and lets it pass or holds it. */
  readonly passGate: (lease: LeaseRef, signal: AbortSignal) => Promise<{ open: boolean; refused?: boolean }>;
  readonly pruner: Pick<Pruner, 'openAll' | 'pruneSome'>;
  readonly buildPruner: Omit<BuildPruner, 'overdue'>;
  /** Runs a tick of a schedule. */
  readonly runTick: (scheduleId: string, at: string) => Promise<TickOutput>;
  /** Asks registries where watched tags point. */
  readonly checkBaseImages: (
    tenantId: string | null,
    signal: AbortSignal,
  ) => Promise<{ readonly images: number; readonly moves: number }>;
  /** Empties the staging of a build that is over. */
  readonly cleanUp: (buildId: string, signal: AbortSignal) => Promise<unknown>;
  /** How long that waits, since the next build is handed over on the same processors just then. */
  readonly tidyAfterMs?: number;
}

const BEAT_MS = 1_000;
const TIDY_AFTER_MS = 200;

/** The controller's steps of a build, and of retention: unpack, call one port, map the error. A repetition gives the first answer again. */
export function createControlActivities({
  dispatcher,
  recorder,
  registryFor,
  tagTries,
  passGate,
  pruner,
  buildPruner,
  runTick,
  checkBaseImages,
  cleanUp,
  tidyAfterMs = TIDY_AFTER_MS,
}: ControlDeps): ControlActivities {
  return {
    requestLease: ({ buildId }) => mapped(() => dispatcher.requestLease(buildId)),

    loseAttempt: (lease) =>
      mapped(async () => {
        await dispatcher.loseAttempt(lease);
        log.warn('attempt lost', { build_id: lease.buildId, attempt: lease.attempt });
      }),

    tryAgain: (lease) =>
      mapped(async () => {
        const again = await dispatcher.tryAgain(lease);
        if (again) log.warn('attempt is made again', { build_id: lease.buildId, attempt: lease.attempt });
        return { again };
      }),

    passGate: (lease) =>
      mapped(async () => {
        const passed = await passGate(lease, Context.current().cancellationSignal);
        if (passed.refused === true) log.info('build refused at its gate', { build_id: lease.buildId });
        else if (!passed.open) log.info('build held at its gate', { build_id: lease.buildId });
        return passed;
      }),

    moveTags: (lease) => moveTags({ recorder, registryFor, tagTries }, lease),

    moveTagsAgain: (input) => moveTagsAgain({ recorder, registryFor, tagTries }, input),

    recordBuild: ({ buildId, lease, ending }) =>
      mapped(async () => {
        const recorded = await recorder.record(buildId, lease, ending);
        log.info('build recorded', { build_id: buildId, ending: ending.kind, status: recorded.status });
        return recorded;
      }),

    releaseLease: (lease) => mapped(() => dispatcher.release(lease)),

    openPrunes: () => mapped(async () => ({ pruneIds: await pruner.openAll() })),

    pruneSome: ({ pruneId }) =>
      beating(BEAT_MS, async (signal) => ({
        isOver: await pruner.pruneSome(pruneId, registryFor, signal),
      })),

    openBuildPrunes: () => mapped(async () => ({ pruneIds: await buildPruner.openAll() })),

    pruneSomeBuilds: ({ pruneId }) =>
      beating(BEAT_MS, async (signal) => ({ isOver: await buildPruner.pruneSome(pruneId, signal) })),

    removeSomeLogs: () =>
      beating(BEAT_MS, async (signal) => ({ isOver: await buildPruner.removeSomeLogs(signal) })),

    runTick: ({ scheduleId, at }) =>
      mapped(async () => {
        const ended = await runTick(scheduleId, at);
        log.info('tick of a schedule', { schedule_id: scheduleId, at, ...ended });
        return ended;
      }),

    checkBaseImages: ({ tenantId }) =>
      beating(BEAT_MS, async (signal) => {
        const { images, moves } = await checkBaseImages(tenantId, signal);
        log.info('looked at base images', { tenant_id: tenantId, images, moves });
        return { images, moves };
      }),

    cleanUp: ({ buildId }) =>
      mapped(async () => {
        await sleep(tidyAfterMs);
        await cleanUp(buildId, Context.current().cancellationSignal);
      }),
  };
}
