import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sql } from 'kysely';
import { ensureKeyringFile } from '../../src/adapters/keyring/keyring-file.js';
import { createContentFiles } from '../../src/adapters/blobs/content-files.js';
import { createSealer } from '../../src/adapters/keyring/sealer.js';
import { curlOf } from '../../src/contracts/curl.js';
import { EXAMPLE_BADGE_TOKEN } from '../../src/contracts/badges.js';
import * as names from '../../src/contracts/examples/names.js';
import { HELLO, HELLO_SHA256 } from '../../src/contracts/examples/uploads.js';
import { PUBLIC_OPERATIONS } from '../../src/contracts/index.js';
import { createBuildStore } from '../../src/storage/builds/build-store.js';
import { createBaseImageStore } from '../../src/storage/base-images/base-image-store.js';
import { createImageStore } from '../../src/storage/images/image-store.js';
import { createInspectionStore } from '../../src/storage/sboms/inspection-store.js';
import { createScans } from '../../src/storage/sboms/scans.js';
import { createSboms } from '../../src/storage/sboms/sboms.js';
import { CYCLONEDX_EXAMPLE } from '../../src/contracts/examples/inspections.js';
import { createLogReader } from '../../src/storage/builds/log-reader.js';
import { openChangeFeed } from '../../src/storage/change-feed.js';
import { createContentIndex } from '../../src/storage/contents/content-index.js';
import { createVerificationStore } from '../../src/storage/provenance/verification-store.js';
import { createBuildRetentionStore } from '../../src/storage/build-retention/build-retention-store.js';
import { createPruneStore } from '../../src/storage/retention/prune-store.js';
import { createGateStore } from '../../src/storage/gates/gate-store.js';
import { bootstrap } from '../../src/storage/identity/bootstrap.js';
import { createProjectStore } from '../../src/storage/identity/project-store.js';
import { createTokenStore } from '../../src/storage/identity/token-store.js';
import { createUploadStore } from '../../src/storage/identity/upload-store.js';
import { createCredentialStore } from '../../src/storage/secrets/credential-store.js';
import { createSecretStore } from '../../src/storage/secrets/secret-store.js';
import { createScheduleStore } from '../../src/storage/schedules/schedule-store.js';
import { createStatsStore } from '../../src/storage/stats/stats-store.js';
import { createTenantStore } from '../../src/storage/identity/tenant-store.js';
import { createSecretVault } from '../../src/storage/secrets/secret-vault.js';
import { createBadgeStore } from '../../src/storage/identity/badge-store.js';
import { createNotificationStore } from '../../src/storage/notifications/notification-store.js';
import { createNotificationTargetStore } from '../../src/storage/notifications/target-store.js';
import { createDeliveryStore } from '../../src/storage/webhooks/delivery-store.js';
import { createWebhookIntake } from '../../src/storage/webhooks/intake.js';
import { createWebhookStore } from '../../src/storage/webhooks/webhook-store.js';
import { createWorkerStore } from '../../src/storage/workers/worker-store.js';
import { tarOf } from '../adapters/context/archives.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { playCurl } from './support/play-curl.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

const TOKEN = 'kiln_token-of-the-reader';
let db: FreshDatabase;
let api: ApiUnderTest;
let folder: string;
let closeFeed: () => Promise<void>;

beforeAll(async () => {
  db = await freshDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'kiln-documented-'));
  await bootstrap(db.admin, { apiToken: TOKEN, workerName: 'local-1', slots: 1 });
  const keyring = path.join(folder, 'keyring.json');
  await ensureKeyringFile(keyring);
  const sealer = createSealer(keyring);
  const changes = openChangeFeed({ url: db.urls.api });
  closeFeed = () => changes.close();
  api = await startApi({
    tokens: createTokenStore(db.api),
    projects: createProjectStore(db.api),
    uploads: createUploadStore(db.api),
    contents: createContentIndex(db.api),
    builds: createBuildStore(db.api),
    gates: createGateStore(db.api),
    schedules: createScheduleStore(db.api),
    stats: createStatsStore(db.api),
    tenants: createTenantStore(db.api),
    baseImages: createBaseImageStore(db.api),
    images: createImageStore(db.api),
    inspections: createInspectionStore(db.api),
    prunes: createPruneStore(db.api),
    buildRetention: createBuildRetentionStore(db.api, { installationLogDays: null }),
    logs: createLogReader(db.api),
    secrets: createSecretStore(db.api, sealer),
    credentials: createCredentialStore(db.api, sealer),
    vault: createSecretVault(db.api, sealer),
    workers: createWorkerStore(db.api),
    notificationTargets: createNotificationTargetStore(db.api, sealer),
    notifications: createNotificationStore(db.api),
    badges: createBadgeStore(db.api),
    webhooks: createWebhookStore(db.api, sealer),
    deliveries: createDeliveryStore(db.api),
    webhookIntake: createWebhookIntake(db.api, sealer),
    verifications: {
      ...createVerificationStore(db.api),
      // Nothing is built and published here.
      owner: ({ tenantId }) => Promise.resolve({ tenantId, projectId: 'p' }),
    },
    changes,
  });
  await writeFile(
    path.join(folder, 'context.tar'),
    await tarOf([{ name: 'Dockerfile', content: 'FROM scratch\n' }]),
  );
});

afterAll(async () => {
  await api.close();
  await closeFeed();
  await db.close();
  await rm(folder, { recursive: true });
});

/** The ids that the server gave in the place of those in the document. */
const given = new Map<string, string>();

async function play(operation: (typeof PUBLIC_OPERATIONS)[number]): Promise<void> {
  const { body, file } = operation.example;
  if (file !== undefined && file.name !== 'context.tar')
    await writeFile(path.join(folder, file.name), file.content ?? JSON.stringify(body));
  const line = [...given].reduce((text, [shown, real]) => text.replaceAll(shown, real), curlOf(operation));
  const left = new AbortController();
  const env = { KILN_API_URL: api.url, KILN_TOKEN: TOKEN, PATH: process.env['PATH'] ?? '' };
  const response = await playCurl(line, { folder, env, signal: left.signal });
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const answer = isStream || response.status === 204 ? null : await response.text();
  left.abort();
  expect(`${response.status} ${response.ok ? '' : answer}`).toBe(`${operation.example.answer.status} `);
  const schema = operation.responses[response.status]?.schema;
  if (schema) schema.parse(JSON.parse(answer as string));
  const made = {
    createBuild: names.BUILD_ID,
    pruneImages: names.PRUNE_ID,
    pruneBuilds: names.BUILD_PRUNE_ID,
  }[operation.id];
  if (made !== undefined) given.set(made, (JSON.parse(answer as string) as { id: string }).id);
  if (operation.id === 'createWebhook')
    given.set(names.WEBHOOK_ID, (JSON.parse(answer as string) as { webhook: { id: string } }).webhook.id);
  if (operation.id === 'testNotificationTarget')
    given.set(names.NOTIFICATION_ID, (JSON.parse(answer as string) as { id: string }).id);
  if (operation.id === 'switchBadgeOn')
    given.set(
      EXAMPLE_BADGE_TOKEN,
      /token=(.*)$/.exec((JSON.parse(answer as string) as { url_path: string }).url_path)![1]!,
    );
  if (operation.id === 'receiveWebhook')
    given.set(names.DELIVERY_ID, (JSON.parse(answer as string) as { delivery: string }).delivery);
}

/** Only what has ended can be built again, and nothing builds here. */
async function endEveryBuild(): Promise<void> {
  await sql`UPDATE builds SET status = 'failed', held_at = NULL, completed_at = clock_timestamp() WHERE status = 'queued'`.execute(
    db.controller,
  );
}

/** Only what has succeeded can be built again from its record; no rule of the database would let a build that failed become one. */
async function letTheBuildHaveSucceeded(): Promise<void> {
  await db.admin.transaction().execute(async (tx) => {
    await sql`SET LOCAL session_replication_role = replica`.execute(tx);
    await sql`UPDATE builds SET status = 'success' WHERE id = ${given.get(names.BUILD_ID)}`.execute(tx);
  });
}

/** Only a project with a retention can be pruned. */
async function setRetention(): Promise<void> {
  const policy = JSON.stringify({
    keep_newest: 10,
    older_than_seconds: null,
    protected_tags: [],
    expendable_tags: [],
  });
  await sql`UPDATE projects SET retention = ${policy}::jsonb`.execute(db.admin);
}

/** Only what a gate holds can be decided on, once. */
async function holdTheBuild(): Promise<void> {
  const build = given.get(names.BUILD_ID);
  await sql`DELETE FROM build_gates`.execute(db.admin);
  await sql`UPDATE builds SET held_at = now() WHERE id = ${build}`.execute(db.admin);
  await sql`INSERT INTO build_gates (build_id, tenant_id, gate_status, build_created_at, manifest_digest, requested_at, expires_at)
    SELECT id, tenant_id, 'held', created_at, 'sha256:', now(), now() + interval '1 day' FROM builds WHERE id = ${build}`.execute(
    db.admin,
  );
}

/** Images come with the end of builds. */
async function recordImages(): Promise<void> {
  for (const name of [names.IMAGE_ID, names.OTHER_IMAGE_ID]) {
    const digest = name === names.IMAGE_ID ? names.MANIFEST_DIGEST : names.OTHER_MANIFEST_DIGEST;
    const { rows } = await sql<{
      id: string;
    }>`INSERT INTO images (tenant_id, project_id, manifest_digest, image_repository,
        first_build_id, last_build_id, created_at, last_built_at)
      SELECT tenant_id, project_id, ${digest}, 'registry.example.com/team/app', id, id, now(), now()
      FROM builds WHERE id = ${given.get(names.BUILD_ID)} RETURNING id`.execute(db.admin);
    given.set(name, rows[0]?.id ?? '');
    await sql`INSERT INTO image_metadata (tenant_id, image_id, docker_config_digest, docker_manifest_digest, platform,
        total_layer_count, compressed_size_bytes, env_vars)
      SELECT tenant_id, id, 'sha256:c', manifest_digest, 'linux/amd64', 0, 0, '[]' FROM images WHERE id = ${given.get(name)}`.execute(
      db.admin,
    );
    await sql`INSERT INTO image_explorations (tenant_id, manifest_digest, state, requested_at, ended_at)
      SELECT tenant_id, manifest_digest, 'explored', now(), now() FROM images WHERE id = ${given.get(name)}`.execute(
      db.admin,
    );
  }
}

/** And so do bills of materials and scans. */
async function inspectTheImage(): Promise<void> {
  const { rows } = await sql<{ tenant_id: string }>`SELECT tenant_id FROM images LIMIT 1`.execute(db.admin);
  const tenantId = rows[0]?.tenant_id ?? '';
  const files = createContentFiles(api.blobFolder);
  const bytes = Readable.from([Buffer.from(CYCLONEDX_EXAMPLE)]) as AsyncIterable<Uint8Array>;
  const received = await files.receiveUnknown(tenantId, bytes, 1_000);
  await files.sync(tenantId, [received]);
  await files.place(tenantId, [received]);
  const document = { sha256: received.sha256, sizeBytes: received.sizeBytes };
  const [name, version] = ['openssl', '3.0.11-1~deb12u2'];
  await createSboms(db.controller).save(tenantId, names.MANIFEST_DIGEST, {
    ...{ tool: 'syft 1.18.1', note: null, spdx: document, cyclonedx: document },
    packages: [{ name, version, type: 'deb', sourceName: null, purl: null }],
  });
  await createScans(db.controller).save(tenantId, names.MANIFEST_DIGEST, {
    ...{ tool: 'grype 0.121.3', report: Buffer.from('{}'), findings: [] },
    database: { version: null, builtAt: null },
  });
}

/** What is kept of a build comes with the end of an attempt: its bytes are those of the example's upload. */
async function keepAnArtifact(): Promise<void> {
  await sql`WITH l AS (
      INSERT INTO leases (tenant_id, project_id, build_id, build_method, attempt, worker_id, fence, granted_at, expires_at)
      SELECT b.tenant_id, project_id, b.id, build_method, 1, w.id, 1, now(), now()
      FROM builds b, build_workers w WHERE b.id = ${given.get(names.BUILD_ID)} RETURNING *)
    INSERT INTO attempts (tenant_id, build_id, attempt, lease_id, worker_id, fence, started_at)
    SELECT tenant_id, build_id, attempt, id, worker_id, fence, now() FROM l`.execute(db.admin);
  await sql`INSERT INTO build_artifacts (tenant_id, build_id, attempt, artifact_type, artifact_name, media_type,
                                         artifact_size_bytes, sha256_digest, artifact_location)
    SELECT tenant_id, build_id, attempt, 'build_output', 'app.txt', 'application/octet-stream', ${HELLO.length}, ${HELLO_SHA256},
           ${`contents/${HELLO_SHA256}`}
    FROM attempts`.execute(db.admin);
}

/** Provenance is asked for with the end of a build that succeeds. */
async function askForProvenance(): Promise<void> {
  await sql`INSERT INTO build_attestations (build_id, tenant_id, state, requested_at)
    SELECT id, tenant_id, 'pending', now() FROM builds WHERE id = ${given.get(names.BUILD_ID)}`.execute(
    db.admin,
  );
}

/** The controller sends what waits; here something else does. */
async function deliverTheTest(): Promise<void> {
  const settle = () =>
    sql`UPDATE notification_deliveries SET delivery_state = 'delivered', next_attempt_at = NULL, settled_at = now()
        RETURNING pg_notify('kiln_notification', '')`.execute(db.admin);
  while ((await settle()).rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Only what waits for it can be approved or rejected. */
async function letTheDeliveryWait(): Promise<void> {
  await sql`UPDATE webhook_deliveries SET delivery_status = 'awaiting_approval', reason = 'of a fork', next_retry_at = NULL,
    approved_at = NULL`.execute(db.admin);
}

/** Only what failures have stopped can be resumed. */
async function stopAMove(): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    INSERT INTO base_image_moves (tenant_id, reference, from_digest, to_digest, move_status, reason, seen_at)
    SELECT id, 'r.test/base:1', 'sha256:a', 'sha256:b', 'stopped', 'canary app#1 failed', now() FROM tenants LIMIT 1
    RETURNING id`.execute(db.admin);
  given.set(names.MOVE_ID, rows[0]?.id ?? '');
}

it.each(PUBLIC_OPERATIONS.map((operation) => [operation.id, operation] as const))(
  '%s answers the documented request as documented',
  async (id, operation) => {
    if (id === 'approveBuild' || id === 'rejectBuild') await holdTheBuild();
    if (id === 'retryBuild') await endEveryBuild();
    if (id === 'rebuildBuild') await letTheBuildHaveSucceeded();
    if (id === 'previewPrune') await setRetention();
    if (id === 'listArtifacts') await keepAnArtifact();
    if (id === 'getProvenance') await askForProvenance();
    if (id === 'listImages') await recordImages();
    if (id === 'getSbom') await inspectTheImage();
    if (id === 'approveDelivery' || id === 'rejectDelivery') await letTheDeliveryWait();
    const meanwhile = id === 'testNotificationTarget' ? deliverTheTest() : null;
    if (id === 'resumeBaseImageMove') await stopAMove();
    await play(operation);
    await meanwhile;
  },
);
