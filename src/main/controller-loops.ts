import type { ArtifactExpiry } from '../ports/artifacts.js';
import type { DueRebuild, ImageMoves } from '../ports/base-images.js';
import type { BuildWorkflows } from '../ports/build-workflows.js';
import type { BuildPruner } from '../ports/build-retention.js';
import type { Pruner, PruneWorkflows } from '../ports/retention.js';
import type { RollUp } from '../ports/stats.js';
import type { Attestations, Signer } from '../ports/attestations.js';
import type { Explorations } from '../ports/explorations.js';
import type {
  Audit,
  Dispatcher,
  Outbox,
  Owner,
  Recorder,
  StagingTags,
  TagRepairs,
} from '../ports/dispatch.js';
import type { LeftPublications } from '../ports/left-publications.js';
import type { ImageRegistry } from '../ports/image-registry.js';
import type { FindScanner, Scans } from '../ports/scans.js';
import type { DueNotifications, Notifier } from '../ports/notifications.js';
import type { ScheduleBells, ScheduleClock } from '../ports/schedules.js';
import type { ChangeFeed } from '../ports/stores.js';
import type { DueDeliveries, DueDelivery } from '../ports/webhooks.js';
import { startBaseImageMoves } from '../controller/base-image-moves.js';
import { startArtifactExpiry } from '../controller/artifact-expiry.js';
import { startAudit } from '../controller/audit.js';
import type { CleanUp } from '../controller/clean-up.js';
import { startTidying, type TidyUp } from '../controller/tidy-publications.js';
import { startExpiry } from '../controller/expiry.js';
import { startSchedules } from '../controller/schedules.js';
import { type ReconciliationDeps, startReconciliation } from '../controller/reconciliation.js';
import { startRollUp } from '../controller/roll-up.js';
import { startPrunes } from '../controller/start-prunes.js';
import { startLoop } from '../controller/loop.js';
import { startStagingSweep } from '../controller/staging-sweep.js';
import { startSigningKeyWatch } from '../controller/signing-key-watch.js';
import { startScanWatch } from '../controller/scan-watch.js';
import { startTagRepair } from '../controller/tag-repair.js';
import { startWebhookRelay } from '../controller/webhook-relay.js';
import { startNotificationSender } from '../controller/notification-sender.js';
import { startRelay } from '../controller/relay.js';
import type { Logger } from '../telemetry/logger.js';
import type { createControllerMetrics } from '../telemetry/metrics.js';

/** The longest sleep between two looks at leases; a doorbell or the next due lease comes before it. */
const LEASE_LOOK_MS = 1_000;
/** Rows, workflows and staging are compared this often; only what ended by hand or by loss depends on it. */
const AUDIT_EVERY_MS = 60_000;
/** Only what a host pushes after its build was given up depends on it. */
const STAGING_SWEEP_EVERY_MS = 10 * 60_000;
/** Only what was changed in Temporal by hand, or lost there, depends on it. */
const SCHEDULE_COMPARE_EVERY_MS = 5 * 60_000;
/** A busy day is counted once in this time, for all of its builds. */
const ROLL_UP_REST_MS = 5_000;
/** Longer than a workflow takes to clean up after its build. */
const CLEAN_AFTER_MS = 5 * 60_000;

/** Longer than an exploration takes that waits behind few others. */
const FORGOTTEN_AFTER_MS = 15 * 60_000;
const FORGOTTEN_LOOK_MS = 5 * 60_000;

/** Starts what the controller does beside its workflows; gives the function that stops it. */
export function startControllerLoops(deps: {
  readonly dispatcher: Dispatcher;
  readonly recorder: Recorder;
  readonly outbox: Outbox;
  readonly audit: Audit;
  readonly cleanUp: CleanUp;
  readonly publications: Pick<LeftPublications, 'due'>;
  readonly tidyUp: TidyUp;
  readonly tags: TagRepairs;
  readonly staging: StagingTags;
  readonly registryFor: (owner: Owner) => ImageRegistry;
  readonly workflows: BuildWorkflows;
  readonly pruner: Pruner;
  readonly pruneWorkflows: PruneWorkflows;
  readonly buildPruner: BuildPruner;
  readonly buildPruneWorkflows: PruneWorkflows;
  readonly rollUp: RollUp;
  readonly attestations: Pick<Attestations, 'askAgain' | 'announce'>;
  readonly signer: () => Promise<Signer | null>;
  readonly explorations: Pick<Explorations, 'askAgain'>;
  readonly artifacts: ArtifactExpiry;
  readonly scans: Pick<Scans, 'noteTrouble'>;
  readonly sbomTrouble: () => Promise<string | null>;
  readonly seeScanner: () => Promise<string | null>;
  readonly findScanner: FindScanner;
  readonly clock: ScheduleClock;
  readonly bells: ScheduleBells;
  readonly deliveries: DueDeliveries;
  /** Accepts the build that a delivery asks for, once; gives its id. */
  readonly startDelivery: (delivery: DueDelivery) => Promise<string>;
  readonly reconciliation: Omit<ReconciliationDeps, 'feed' | 'found' | 'log'>;
  readonly notifications: DueNotifications;
  readonly notifier: Notifier;
  readonly pauseFactor: number;
  readonly imageMoves: ImageMoves;
  /** Accepts a build that moved images have started, once; gives its id. */
  readonly rebuild: (due: DueRebuild) => Promise<string>;
  /** So many builds of a move of a base image may fail after its canary. */
  readonly maxFailures: number;
  readonly feed: ChangeFeed;
  readonly metrics: ReturnType<typeof createControllerMetrics>;
  readonly log: Logger;
}): () => Promise<void> {
  const relay = startRelay(deps);
  const expiry = startExpiry({ ...deps, maxWaitMs: LEASE_LOOK_MS });
  deps.feed.onPool(() => expiry.ring());
  const audit = startAudit({
    ...deps,
    everyMs: AUDIT_EVERY_MS,
    cleanAfterMs: CLEAN_AFTER_MS,
    repaired: (of, what) => {
      deps.metrics.auditRepairs.inc({ what });
      deps.log.warn(
        what === 'recounted' ? { worker: of, repair: what } : { build_id: of, repair: what },
        'row, workflow, lease and staging of a build did not agree',
      );
    },
  });
  const tagRepair = startTagRepair({
    ...deps,
    everyMs: AUDIT_EVERY_MS,
    looked: ({ buildId, repository, tag }, result) => {
      if (result === 'right' || result === 'under_way') return;
      deps.metrics.tagRepairs.inc({ what: result });
      deps.log.warn(
        { build_id: buildId, repository, tag, repair: result },
        'the move of a tag was left open: its try was given up, or its controller killed or held up',
      );
    },
  });
  const tidying = startTidying({ ...deps, everyMs: AUDIT_EVERY_MS });
  const schedules = startSchedules({
    ...deps,
    compareEveryMs: SCHEDULE_COMPARE_EVERY_MS,
    accountEveryMs: AUDIT_EVERY_MS,
    repaired: (scheduleId, what) => {
      deps.metrics.auditRepairs.inc({ what: `schedule_${what}` });
      deps.log.warn({ schedule_id: scheduleId, repair: what }, 'a schedule and Temporal did not agree');
    },
  });
  const webhooks = startWebhookRelay({
    ...deps,
    start: deps.startDelivery,
    seen: (outcome, { id, webhook }, error) => {
      deps.metrics.deliveryOutcomes.inc({ outcome });
      const level = outcome === 'started' || outcome === 'coalesced' ? 'info' : 'warn';
      deps.log[level]({ delivery: id, webhook, ...(error && { err: error }) }, `delivery ${outcome}`);
    },
  });
  const reconciliation = startReconciliation({
    ...deps.reconciliation,
    ...{ feed: deps.feed, log: deps.log },
    found: ({ webhook }, missed) => {
      deps.metrics.missedPushes.inc(missed.length);
      for (const { ref, sha } of missed)
        deps.log.warn({ webhook, ref, sha }, 'a push was found of which no delivery had told');
    },
  });
  const notifications = startNotificationSender({
    ...deps,
    seen: (outcome, { id, kind, target }, because) => {
      deps.metrics.notificationOutcomes.inc({ kind, outcome });
      const level = outcome === 'dead' ? 'warn' : 'info';
      deps.log[level]({ notification: id, target, kind, because }, `notification ${outcome}`);
    },
  });
  const baseImageMoves = startBaseImageMoves({
    ...deps,
    seen: (outcome, { projectId, moves }, error) => {
      deps.metrics.baseImageRebuilds.inc({ outcome });
      const level = outcome === 'started' ? 'info' : 'warn';
      const references = moves.map(({ reference }) => reference);
      deps.log[level](
        { project_id: projectId, references, ...(error && { err: error }) },
        `build on moved base images ${outcome}`,
      );
    },
  });
  const prunes = startPrunes({ ...deps, everyMs: AUDIT_EVERY_MS });
  const buildPrunes = startPrunes({
    ...{ pruner: deps.buildPruner, pruneWorkflows: deps.buildPruneWorkflows },
    ...{ log: deps.log, everyMs: AUDIT_EVERY_MS },
  });
  const rollUp = startRollUp({ ...deps, onQueue: deps.feed.onQueue, restMs: ROLL_UP_REST_MS });
  const forgotten = startLoop('forgotten explorations', deps.log, async () => {
    await deps.explorations.askAgain(FORGOTTEN_AFTER_MS);
    return FORGOTTEN_LOOK_MS;
  });
  const unsigned = startLoop('open attestations', deps.log, async () => {
    await deps.attestations.askAgain(FORGOTTEN_AFTER_MS);
    return FORGOTTEN_LOOK_MS;
  });
  const stagingSweep = startStagingSweep({
    ...deps,
    everyMs: STAGING_SWEEP_EVERY_MS,
    cleanedForMs: CLEAN_AFTER_MS,
    removed: (repository, tag) => deps.log.warn({ repository, tag }, 'a late tag was removed from staging'),
  });
  const scanWatch = startScanWatch(deps);
  const signingKeyWatch = startSigningKeyWatch(deps);
  const artifactExpiry = startArtifactExpiry({
    ...deps,
    everyMs: AUDIT_EVERY_MS,
    expired: (count) => {
      deps.metrics.artifactsExpired.inc(count);
      deps.log.info({ artifacts: count }, 'artifacts have expired');
    },
  });
  return async () => {
    const loops = [
      artifactExpiry,
      relay,
      expiry,
      audit,
      tagRepair,
      stagingSweep,
      tidying,
      prunes,
      buildPrunes,
      rollUp,
      schedules,
      webhooks,
      reconciliation,
      notifications,
      baseImageMoves,
      forgotten,
      unsigned,
      scanWatch,
      signingKeyWatch,
    ];
    await Promise.all(loops.map((loop) => loop.stop()));
  };
}
