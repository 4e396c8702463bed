import * as artifacts from './artifact-operations.js';
import * as baseImages from './base-images.js';
import * as rebuilds from './rebuild.js';
import * as whatIfs from './what-if.js';
import * as badges from './badges.js';
import * as records from './build-record-operations.js';
import * as config from './build-config-operations.js';
import * as buildRetention from './build-retention-operations.js';
import * as builds from './build-operations.js';
import * as credentials from './credentials.js';
import * as deliveries from './delivery-operations.js';
import * as gates from './gate-operations.js';
import * as images from './image-operations.js';
import * as inspections from './inspection-operations.js';
import * as identity from './identity.js';
import * as limits from './limits.js';
import * as logs from './log-operations.js';
import * as notifications from './notification-operations.js';
import type { Operation, PublicOperation } from './operation.js';
import * as projects from './projects.js';
import * as provenance from './provenance-operations.js';
import * as publications from './publications.js';
import * as queue from './queue.js';
import * as judgements from './registry-judgements.js';
import * as registries from './registry-tests.js';
import * as retention from './retention-operations.js';
import * as schedules from './schedule-operations.js';
import * as secrets from './secrets.js';
import * as service from './service.js';
import * as stats from './stats-operations.js';
import * as supervisor from './supervisor.js';
import * as tests from './tests.js';
import * as webhooks from './webhook-operations.js';
import * as weights from './weights.js';
import * as uploads from './uploads.js';
import * as heartbeats from './worker-heartbeat.js';
import * as workers from './worker-operations.js';

/** Operations of the public API, in the order of the document. */
export const PUBLIC_OPERATIONS: readonly PublicOperation[] = [
  projects.createProject,
  projects.listProjects,
  projects.getProject,
  projects.updateProject,
  badges.switchBadgeOn,
  badges.getBadge,
  badges.switchBadgeOff,
  uploads.putUpload,
  uploads.getUpload,
  uploads.putArchive,
  uploads.addContents,
  uploads.getContent,
  uploads.appendContent,
  builds.createBuild,
  builds.listBuilds,
  builds.getBuild,
  gates.approveBuild,
  gates.rejectBuild,
  builds.cancelBuild,
  builds.retryBuild,
  rebuilds.rebuildBuild,
  whatIfs.whatIfBuild,
  builds.listChain,
  logs.followBuild,
  queue.getQueue,
  queue.followQueue,
  config.getBuildConfig,
  records.listSteps,
  records.listWarnings,
  artifacts.listArtifacts,
  artifacts.getArtifact,
  tests.listTests,
  tests.listFlakyTests,
  publications.listPublications,
  provenance.getProvenance,
  records.listLayers,
  records.listCacheMisses,
  records.listBaseImages,
  records.getMetrics,
  records.listStatusHistory,
  records.listAttempts,
  images.listImages,
  images.getImage,
  images.listImageLayers,
  images.listImageFiles,
  images.compareImages,
  provenance.verifyImage,
  provenance.listSigningKeys,
  inspections.getSbom,
  inspections.getScan,
  inspections.findPackages,
  logs.getLog,
  logs.followLog,
  secrets.putSecret,
  secrets.listSecrets,
  secrets.deleteSecret,
  credentials.putCredential,
  credentials.listCredentials,
  credentials.deleteCredential,
  buildRetention.getBuildRetention,
  buildRetention.changeBuildRetention,
  buildRetention.previewBuildPrune,
  buildRetention.pruneBuilds,
  buildRetention.getBuildPrune,
  retention.previewPrune,
  retention.pruneImages,
  retention.getPrune,
  stats.getTrends,
  stats.listSlowSteps,
  stats.getCacheUse,
  stats.getOutcomes,
  limits.getLimits,
  limits.changeLimits,
  weights.listWeights,
  weights.setWeight,
  schedules.addSchedule,
  schedules.listAllSchedules,
  schedules.listSchedules,
  schedules.getSchedule,
  schedules.changeSchedule,
  schedules.backfillSchedule,
  schedules.runSchedule,
  schedules.listTicks,
  schedules.removeSchedule,
  baseImages.listWatchedImages,
  baseImages.checkBaseImages,
  baseImages.listBaseImageMoves,
  baseImages.resumeBaseImageMove,
  workers.addWorker,
  workers.listWorkers,
  workers.getWorker,
  workers.changeWorker,
  workers.removeWorker,
  webhooks.createWebhook,
  webhooks.listWebhooks,
  webhooks.getWebhook,
  webhooks.changeWebhook,
  deliveries.receiveWebhook,
  deliveries.listDeliveries,
  deliveries.getDelivery,
  deliveries.getDeliveryPayload,
  deliveries.replayDelivery,
  deliveries.approveDelivery,
  deliveries.rejectDelivery,
  webhooks.testWebhook,
  webhooks.reconcileWebhook,
  webhooks.rotateWebhook,
  webhooks.deleteWebhook,
  notifications.addNotificationTarget,
  notifications.listNotificationTargets,
  notifications.getNotificationTarget,
  notifications.changeNotificationTarget,
  notifications.testNotificationTarget,
  notifications.listNotifications,
  notifications.getNotification,
  notifications.getNotificationPayload,
  notifications.replayNotification,
  notifications.replayDeadNotifications,
  notifications.rotateNotificationTarget,
  notifications.removeNotificationTarget,
  registries.testRegistry,
  judgements.judgeRegistries,
  identity.whoami,
  stats.getTenant,
  stats.updateTenant,
  service.getInstallation,
  service.getHealth,
  service.getReadiness,
  service.getMetricsPage,
  service.getOpenApi,
  config.getBuildFileSchema,
];

/** Operations between supervisors and the api; they are not part of the public document. */
export const INTERNAL_OPERATIONS: readonly Operation[] = [
  heartbeats.heartbeatWorker,
  supervisor.acknowledgeLease,
  supervisor.renewLease,
  supervisor.appendLog,
  supervisor.putSteps,
  supervisor.recordSource,
  supervisor.recordRegistries,
  supervisor.recordConfig,
  supervisor.getContext,
  artifacts.putArtifact,
  publications.putPublication,
  supervisor.fetchSecrets,
  supervisor.finishRun,
];

export const OPERATIONS: readonly Operation[] = [...PUBLIC_OPERATIONS, ...INTERNAL_OPERATIONS];
