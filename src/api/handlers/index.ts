import * as artifacts from '../../contracts/artifact-operations.js';
import * as baseImages from '../../contracts/base-images.js';
import * as records from '../../contracts/build-record-operations.js';
import * as config from '../../contracts/build-config-operations.js';
import * as builds from '../../contracts/build-operations.js';
import * as credentials from '../../contracts/credentials.js';
import * as badges from '../../contracts/badges.js';
import * as deliveries from '../../contracts/delivery-operations.js';
import * as gates from '../../contracts/gate-operations.js';
import * as images from '../../contracts/image-operations.js';
import * as inspections from '../../contracts/inspection-operations.js';
import * as identity from '../../contracts/identity.js';
import * as limits from '../../contracts/limits.js';
import * as logs from '../../contracts/log-operations.js';
import * as projects from '../../contracts/projects.js';
import * as provenance from '../../contracts/provenance-operations.js';
import * as publications from '../../contracts/publications.js';
import * as queue from '../../contracts/queue.js';
import * as judgements from '../../contracts/registry-judgements.js';
import * as registries from '../../contracts/registry-tests.js';
import * as retention from '../../contracts/retention-operations.js';
import * as schedules from '../../contracts/schedule-operations.js';
import * as secrets from '../../contracts/secrets.js';
import * as service from '../../contracts/service.js';
import * as stats from '../../contracts/stats-operations.js';
import * as supervisor from '../../contracts/supervisor.js';
import * as tests from '../../contracts/tests.js';
import * as webhooks from '../../contracts/webhook-operations.js';
import * as weights from '../../contracts/weights.js';
import * as uploads from '../../contracts/uploads.js';
import * as heartbeats from '../../contracts/worker-heartbeat.js';
import * as workers from '../../contracts/worker-operations.js';
import { bind, type Bound } from '../call.js';
import type { ApiDeps } from '../deps.js';
import { QueueReads } from '../streams/queue-reads.js';
import { Viewers } from '../streams/viewers.js';
import { checkBaseImages } from './base-images/check-base-images.js';
import { listBaseImageMoves } from './base-images/list-moves.js';
import { listWatchedImages } from './base-images/list-watched-images.js';
import { resumeBaseImageMove } from './base-images/resume-move.js';
import { cancelBuild } from './builds/cancel-build.js';
import { createBuild } from './builds/create-build.js';
import { followBuild } from './builds/follow-build.js';
import { getBuildConfig } from './builds/get-build-config.js';
import { getBuild } from './builds/get-build.js';
import { getMetrics } from './builds/get-metrics.js';
import { listChain } from './builds/list-chain.js';
import { listAttempts } from './builds/list-attempts.js';
import { listBaseImages } from './builds/list-base-images.js';
import { listBuilds } from './builds/list-builds.js';
import { listLayers } from './builds/list-layers.js';
import { listPublications } from './builds/list-publications.js';
import { listCacheMisses } from './builds/list-cache-misses.js';
import { listStatusHistory } from './builds/list-status-history.js';
import { listSteps } from './builds/list-steps.js';
import { listWarnings } from './builds/list-warnings.js';
import { getArtifact } from './builds/get-artifact.js';
import { listArtifacts } from './builds/list-artifacts.js';
import { listFlakyTests } from './builds/list-flaky-tests.js';
import { listTests } from './builds/list-tests.js';
import { bindAgain } from './builds/bind-again.js';
import { approveBuild } from './gates/approve-build.js';
import { rejectBuild } from './gates/reject-build.js';
import { compareImages } from './images/compare-images.js';
import { getImage } from './images/get-image.js';
import { listImageFiles } from './images/list-image-files.js';
import { listImageLayers } from './images/list-image-layers.js';
import { listImages } from './images/list-images.js';
import { findPackages } from './images/find-packages.js';
import { getSbom } from './images/get-sbom.js';
import { getScan } from './images/get-scan.js';
import { whoami } from './identity/whoami.js';
import { changeLimits } from './limits/change-limits.js';
import { followQueue } from './queue/follow-queue.js';
import { getQueue } from './queue/get-queue.js';
import { listWeights, setWeight } from './limits/weights.js';
import { getLimits } from './limits/get-limits.js';
import { followLog } from './logs/follow-log.js';
import { getLog } from './logs/get-log.js';
import { bindNotifications } from './notifications/bind.js';
import { getBadge, switchBadgeOff, switchBadgeOn } from './projects/badge.js';
import { createProject } from './projects/create-project.js';
import { getProject } from './projects/get-project.js';
import { listProjects } from './projects/list-projects.js';
import { updateProject } from './projects/update-project.js';
import { getProvenance } from './provenance/get-provenance.js';
import { listSigningKeys } from './provenance/list-signing-keys.js';
import { verifyImage } from './provenance/verify-image.js';
import { bindBuildRetention } from './build-retention/bind.js';
import { getPrune } from './retention/get-prune.js';
import { previewPrune } from './retention/preview-prune.js';
import { pruneImages } from './retention/prune-images.js';
import { deleteCredential } from './secrets/delete-credential.js';
import { deleteSecret } from './secrets/delete-secret.js';
import { listCredentials } from './secrets/list-credentials.js';
import { listSecrets } from './secrets/list-secrets.js';
import { putCredential } from './secrets/put-credential.js';
import { putSecret } from './secrets/put-secret.js';
import { getBuildFileSchema } from './service/get-build-file-schema.js';
import { judgeRegistries } from './registries/judge-registries.js';
import { testRegistry } from './registries/test-registry.js';
import { getHealth } from './service/get-health.js';
import { getInstallation } from './service/get-installation.js';
import { getMetricsPage } from './service/get-metrics-page.js';
import { getOpenApi } from './service/get-open-api.js';
import { getReadiness } from './service/get-readiness.js';
import { acknowledgeLease } from './supervisor/acknowledge-lease.js';
import { appendLog } from './supervisor/append-log.js';
import { fetchSecrets } from './supervisor/fetch-secrets.js';
import { finishRun } from './supervisor/finish-run.js';
import { getContext } from './supervisor/get-context.js';
import { putArtifact } from './supervisor/put-artifact.js';
import { heartbeatWorker } from './supervisor/heartbeat-worker.js';
import { putPublication } from './supervisor/put-publication.js';
import { putSteps } from './supervisor/put-steps.js';
import { recordConfig } from './supervisor/record-config.js';
import { recordRegistries } from './supervisor/record-registries.js';
import { recordSource } from './supervisor/record-source.js';
import { renewLease } from './supervisor/renew-lease.js';
import { addContents } from './uploads/add-contents.js';
import { appendContent } from './uploads/append-content.js';
import { getContent } from './uploads/get-content.js';
import { getUpload } from './uploads/get-upload.js';
import { putArchive } from './uploads/put-archive.js';
import { putUpload } from './uploads/put-upload.js';
import { addSchedule } from './schedules/add-schedule.js';
import { listAllSchedules, listSchedules } from './schedules/list-schedules.js';
import { getSchedule } from './schedules/get-schedule.js';
import { changeSchedule } from './schedules/change-schedule.js';
import { backfillSchedule } from './schedules/backfill-schedule.js';
import { runSchedule } from './schedules/run-schedule.js';
import { listTicks } from './schedules/list-ticks.js';
import { removeSchedule } from './schedules/remove-schedule.js';
import {
  approveDelivery,
  rejectDelivery,
  getDelivery,
  getDeliveryPayload,
  listDeliveries,
  replayDelivery,
} from './webhooks/manage-deliveries.js';
import {
  changeWebhook,
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  reconcileWebhook,
  rotateWebhook,
} from './webhooks/manage-webhooks.js';
import { receiveWebhook } from './webhooks/receive-webhook.js';
import { testWebhook } from './webhooks/test-webhook.js';
import { getCacheUse } from './stats/get-cache-use.js';
import { getOutcomes } from './stats/get-outcomes.js';
import { getTrends } from './stats/get-trends.js';
import { listSlowSteps } from './stats/list-slow-steps.js';
import { getTenant, updateTenant } from './identity/tenant.js';
import { addWorker } from './workers/add-worker.js';
import { changeWorker } from './workers/change-worker.js';
import { getWorker } from './workers/get-worker.js';
import { listWorkers } from './workers/list-workers.js';
import { removeWorker } from './workers/remove-worker.js';

/** Every operation with its handler. */
export function bindHandlers(deps: ApiDeps): Bound[] {
  const viewers = new Viewers(deps);
  const queues = new QueueReads(deps.queue);
  return [
    bind(projects.createProject, createProject(deps)),
    bind(projects.listProjects, listProjects(deps)),
    bind(projects.getProject, getProject(deps)),
    bind(projects.updateProject, updateProject(deps)),
    bind(badges.switchBadgeOn, switchBadgeOn(deps)),
    bind(badges.getBadge, getBadge(deps)),
    bind(badges.switchBadgeOff, switchBadgeOff(deps)),
    bind(uploads.putUpload, putUpload(deps)),
    bind(uploads.getUpload, getUpload(deps)),
    bind(uploads.putArchive, putArchive(deps)),
    bind(uploads.addContents, addContents(deps)),
    bind(uploads.getContent, getContent(deps)),
    bind(uploads.appendContent, appendContent(deps)),
    bind(builds.createBuild, createBuild(deps)),
    bind(builds.listBuilds, listBuilds(deps)),
    bind(builds.getBuild, getBuild(deps)),
    bind(builds.cancelBuild, cancelBuild(deps)),
    ...bindAgain(deps),
    bind(gates.approveBuild, approveBuild(deps)),
    bind(gates.rejectBuild, rejectBuild(deps)),
    bind(builds.listChain, listChain(deps)),
    bind(logs.followBuild, followBuild(deps, viewers, queues)),
    bind(queue.getQueue, getQueue(deps, queues)),
    bind(queue.followQueue, followQueue(deps, queues, viewers)),
    bind(config.getBuildConfig, getBuildConfig(deps)),
    bind(records.listSteps, listSteps(deps)),
    bind(records.listWarnings, listWarnings(deps)),
    bind(artifacts.listArtifacts, listArtifacts(deps)),
    bind(artifacts.getArtifact, getArtifact(deps)),
    bind(tests.listTests, listTests(deps)),
    bind(tests.listFlakyTests, listFlakyTests(deps)),
    bind(publications.listPublications, listPublications(deps)),
    bind(records.listLayers, listLayers(deps)),
    bind(records.listCacheMisses, listCacheMisses(deps)),
    bind(records.listBaseImages, listBaseImages(deps)),
    bind(records.getMetrics, getMetrics(deps)),
    bind(records.listStatusHistory, listStatusHistory(deps)),
    bind(records.listAttempts, listAttempts(deps)),
    bind(images.listImages, listImages(deps)),
    bind(images.getImage, getImage(deps)),
    bind(images.listImageLayers, listImageLayers(deps)),
    bind(images.listImageFiles, listImageFiles(deps)),
    bind(images.compareImages, compareImages(deps)),
    bind(provenance.verifyImage, verifyImage(deps)),
    bind(provenance.listSigningKeys, listSigningKeys(deps)),
    bind(provenance.getProvenance, getProvenance(deps)),
    bind(inspections.getSbom, getSbom(deps)),
    bind(inspections.getScan, getScan(deps)),
    bind(inspections.findPackages, findPackages(deps)),
    bind(logs.getLog, getLog(deps)),
    bind(logs.followLog, followLog(deps, viewers)),
    bind(secrets.putSecret, putSecret(deps)),
    bind(secrets.listSecrets, listSecrets(deps)),
    bind(secrets.deleteSecret, deleteSecret(deps)),
    bind(credentials.putCredential, putCredential(deps)),
    bind(credentials.listCredentials, listCredentials(deps)),
    bind(credentials.deleteCredential, deleteCredential(deps)),
    ...bindBuildRetention(deps),
    bind(retention.previewPrune, previewPrune(deps)),
    bind(retention.pruneImages, pruneImages(deps)),
    bind(retention.getPrune, getPrune(deps)),
    bind(stats.getTrends, getTrends(deps)),
    bind(stats.listSlowSteps, listSlowSteps(deps)),
    bind(stats.getCacheUse, getCacheUse(deps)),
    bind(stats.getOutcomes, getOutcomes(deps)),
    bind(limits.getLimits, getLimits(deps)),
    bind(weights.listWeights, listWeights(deps)),
    bind(weights.setWeight, setWeight(deps)),
    bind(limits.changeLimits, changeLimits(deps)),
    bind(schedules.addSchedule, addSchedule(deps)),
    bind(schedules.listAllSchedules, listAllSchedules(deps)),
    bind(schedules.listSchedules, listSchedules(deps)),
    bind(schedules.getSchedule, getSchedule(deps)),
    bind(schedules.changeSchedule, changeSchedule(deps)),
    bind(schedules.backfillSchedule, backfillSchedule(deps)),
    bind(schedules.runSchedule, runSchedule(deps)),
    bind(schedules.listTicks, listTicks(deps)),
    bind(schedules.removeSchedule, removeSchedule(deps)),
    bind(webhooks.createWebhook, createWebhook(deps)),
    bind(webhooks.listWebhooks, listWebhooks(deps)),
    bind(webhooks.getWebhook, getWebhook(deps)),
    bind(webhooks.changeWebhook, changeWebhook(deps)),
    bind(webhooks.testWebhook, testWebhook(deps)),
    bind(webhooks.reconcileWebhook, reconcileWebhook(deps)),
    bind(webhooks.rotateWebhook, rotateWebhook(deps)),
    bind(webhooks.deleteWebhook, deleteWebhook(deps)),
    ...bindNotifications(deps),
    bind(deliveries.receiveWebhook, receiveWebhook(deps)),
    bind(deliveries.listDeliveries, listDeliveries(deps)),
    bind(deliveries.getDelivery, getDelivery(deps)),
    bind(deliveries.getDeliveryPayload, getDeliveryPayload(deps)),
    bind(deliveries.replayDelivery, replayDelivery(deps)),
    bind(deliveries.approveDelivery, approveDelivery(deps)),
    bind(deliveries.rejectDelivery, rejectDelivery(deps)),
    bind(baseImages.listWatchedImages, listWatchedImages(deps)),
    bind(baseImages.checkBaseImages, checkBaseImages(deps)),
    bind(baseImages.listBaseImageMoves, listBaseImageMoves(deps)),
    bind(baseImages.resumeBaseImageMove, resumeBaseImageMove(deps)),
    bind(workers.addWorker, addWorker(deps)),
    bind(workers.listWorkers, listWorkers(deps)),
    bind(workers.getWorker, getWorker(deps)),
    bind(workers.changeWorker, changeWorker(deps)),
    bind(workers.removeWorker, removeWorker(deps)),
    bind(registries.testRegistry, testRegistry(deps)),
    bind(judgements.judgeRegistries, judgeRegistries(deps)),
    bind(identity.whoami, whoami()),
    bind(stats.getTenant, getTenant(deps)),
    bind(stats.updateTenant, updateTenant(deps)),
    bind(service.getInstallation, getInstallation(deps)),
    bind(service.getHealth, getHealth()),
    bind(service.getReadiness, getReadiness(deps)),
    bind(service.getMetricsPage, getMetricsPage(deps)),
    bind(service.getOpenApi, getOpenApi()),
    bind(config.getBuildFileSchema, getBuildFileSchema()),
    bind(heartbeats.heartbeatWorker, heartbeatWorker(deps)),
    bind(supervisor.acknowledgeLease, acknowledgeLease(deps)),
    bind(supervisor.renewLease, renewLease(deps)),
    bind(supervisor.appendLog, appendLog(deps)),
    bind(supervisor.putSteps, putSteps(deps)),
    bind(supervisor.recordConfig, recordConfig(deps)),
    bind(supervisor.recordSource, recordSource(deps)),
    bind(supervisor.recordRegistries, recordRegistries(deps)),
    bind(supervisor.getContext, getContext(deps)),
    bind(artifacts.putArtifact, putArtifact(deps)),
    bind(publications.putPublication, putPublication(deps)),
    bind(supervisor.fetchSecrets, fetchSecrets(deps)),
    bind(supervisor.finishRun, finishRun(deps)),
  ];
}
