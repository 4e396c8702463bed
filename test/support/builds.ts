import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { InspectedImage, RunOutcome } from '../../src/domain/builds/outcome.js';
import type { Step } from '../../src/domain/builds/step-status.js';
import { ASKED_FOR } from '../../src/domain/builds/trigger.js';
import { BUILT_IN_LIMITS } from '../../src/domain/limits/effective-limits.js';
import type { LeaseRef } from '../../src/domain/dispatch/lease.js';
import type { HostOffer, LeaseHolder, WorkerDisk } from '../../src/ports/dispatch.js';
import type { AcceptBuild } from '../../src/ports/records.js';
import type { TenantContext } from '../../src/ports/stores.js';
import { createBuildStore } from '../../src/storage/builds/build-store.js';
import { createDispatcher } from '../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../src/storage/dispatch/lease-gate.js';
import { addWorker } from '../../src/storage/identity/add-worker.js';
import { createProjectStore } from '../../src/storage/identity/project-store.js';
import type { FreshDatabase } from './database.js';
import { aLog } from './log.js';

let counter = 0;

/** Something unique and readable. */
export function aName(kind: string): string {
  counter += 1;
  return `${kind}-${String(counter)}-${randomUUID().slice(0, 8)}`;
}

/** A tenant of its own with a user and, if given, limits. */
export async function aTenant(
  { controller }: FreshDatabase,
  policy: {
    max_concurrent_builds?: number;
    max_concurrent_per_project?: number;
    buildx_max_concurrent?: number;
    max_queued_wait_minutes?: number;
    weight?: number;
    priority_dispatch_enabled?: boolean;
  } = {},
): Promise<TenantContext & { userId: string }> {
  const slug = aName('tenant');
  const tenant = await controller
    .insertInto('tenants')
    .values({ slug, name: slug })
    .returning('id')
    .executeTakeFirstOrThrow();
  const user = await controller
    .insertInto('users')
    .values({ tenant_id: tenant.id, username: 'someone' })
    .returning('id')
    .executeTakeFirstOrThrow();
  await controller
    .insertInto('build_concurrency_policies')
    .values({ tenant_id: tenant.id, ...policy })
    .execute();
  return { tenantId: tenant.id, userId: user.id };
}

export async function aProject(db: FreshDatabase, tenant: TenantContext, repository?: string) {
  const slug = aName('project');
  return createProjectStore(db.api).create(tenant, {
    slug,
    name: slug,
    imageRepository: repository ?? `127.0.0.1:5000/${slug}`,
    destinations: [],
    defaults: {},
  });
}

/** A request for an inline build. */
export function aRequest(projectId: string, over: Partial<AcceptBuild> = {}): AcceptBuild {
  return {
    projectId,
    method: 'buildx',
    options: { dockerfile_inline: 'FROM scratch' },
    source: { kind: 'inline' },
    destinations: [],
    priority: 0,
    buildTimeoutMs: 600_000,
    resources: {},
    settingLayers: {},
    limits: BUILT_IN_LIMITS,
    trust: 'untrusted',
    buildFile: null,
    git: { commit: null, branch: null, author: null, message: null },
    trigger: ASKED_FOR,
    idempotency: null,
    ...over,
  };
}

export async function aBuild(
  db: FreshDatabase,
  tenant: TenantContext,
  projectId: string,
  over: Partial<AcceptBuild> = {},
) {
  const { build } = await createBuildStore(db.api).accept(tenant, aRequest(projectId, over));
  return build;
}

/** A healthy worker that has just sent a heartbeat. */
export async function aWorker(
  db: FreshDatabase,
  over: {
    slots?: number;
    methods?: string[];
    tenantId?: string;
    disk?: WorkerDisk;
    networks?: string;
    /** What else it says of itself. */
    offer?: Partial<HostOffer>;
  } = {},
): Promise<{ workerId: string; token: string; name: string }> {
  const name = aName('worker');
  const slots = over.slots ?? 1;
  const { workerId, token } = await addWorker(db.controller, {
    name,
    slots,
    tenantId: over.tenantId ?? null,
  });
  await heardOf(db, workerId, {
    slots,
    methods: over.methods ?? ['buildx'],
    zone: null,
    labels: { networks: over.networks ?? 'none,egress,host' },
    disk: over.disk ?? null,
    ...over.offer,
  });
  return { workerId, token: token ?? '', name };
}

/** A heartbeat of a worker. */
export async function heardOf(
  db: FreshDatabase,
  workerId: string,
  offer: Partial<HostOffer> = {},
): Promise<void> {
  await createLeaseGate(db.api).heartbeat(workerId, {
    ...{ slots: 2, methods: ['buildx'], zone: null, labels: { networks: 'none,egress,host' }, disk: null },
    ...offer,
  });
}

/** Ends every build that waits, so that a shared worker has none of another test's builds to take. */
export async function emptyQueue(db: FreshDatabase): Promise<void> {
  await sql`UPDATE builds SET status = 'failed', held_at = NULL, completed_at = clock_timestamp() WHERE status = 'queued'`.execute(
    db.controller,
  );
}

/** A build with a granted lease on a worker of its tenant's own. */
export async function aGrantedBuild(db: FreshDatabase, over: Partial<AcceptBuild> = {}) {
  const tenant = await aTenant(db);
  const { method = 'buildx' } = over;
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 2, methods: [method] });
  const project = await aProject(db, tenant);
  const build = await aBuild(db, tenant, project.id, over);
  const answer = await createDispatcher(db.controller).requestLease(build.id);
  if (answer.kind !== 'granted') throw new Error(`expected a grant, got ${answer.kind}`);
  return { tenant, worker, project, build, lease: answer.lease };
}

/** A build whose supervisor has taken it up. */
export async function aRunningBuild(db: FreshDatabase, over: Partial<AcceptBuild> = {}) {
  const granted = await aGrantedBuild(db, over);
  return { ...granted, ...(await takeUp(db, granted.worker.workerId, granted.lease)) };
}

/** Acknowledges a lease and resolves its token. */
export async function takeUp(
  db: FreshDatabase,
  workerId: string,
  lease: LeaseRef,
): Promise<{ holder: LeaseHolder; leaseToken: string }> {
  const gate = createLeaseGate(db.api);
  const { leaseToken } = await gate.acknowledge(workerId, lease.leaseId, lease.fence);
  const holder = await gate.resolveLease(leaseToken);
  if (holder === null) throw new Error('the lease token is not known');
  return { holder, leaseToken };
}

export function aDigest(of: string): string {
  return `sha256:${createHash('sha256').update(of).digest('hex')}`;
}

export function anImage(name: string, layers: readonly string[] = ['base', name]): InspectedImage {
  return {
    repository: '127.0.0.1:5000/staging',
    manifestDigest: aDigest(`manifest ${name}`),
    manifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
    configDigest: aDigest(`config ${name}`),
    platform: 'linux/amd64',
    compressedSizeBytes: 2_000,
    uncompressedSizeBytes: 8_000,
    entrypoint: ['/bin/sh'],
    cmd: null,
    envVars: ['PATH=/bin'],
    workingDir: '/',
    baseImage: { name: '127.0.0.1:5000/base/busybox', tag: '1' },
    layers: layers.map((layer, index) => ({
      number: index + 1,
      digest: aDigest(layer),
      sizeBytes: 1_000,
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      createdBy: `RUN ${layer}`,
      isBaseLayer: index === 0,
      stepNumber: index === 0 ? null : index,
    })),
  };
}

export function anOutcome(over: Partial<RunOutcome> = {}): RunOutcome {
  return {
    result: 'succeeded',
    exitCode: 0,
    failure: null,
    image: anImage('app'),
    metrics: {
      sourceDurationMs: 10,
      buildDurationMs: 2_400,
      pushDurationMs: 600,
      peakMemoryBytes: 64 * 1024 * 1024,
      cpuUsagePercent: 87.5,
      diskReadBytes: 1_000,
      diskWriteBytes: 2_000,
    },
    ...over,
  };
}

export function aFailure(): RunOutcome {
  return anOutcome({
    result: 'failed',
    exitCode: 1,
    image: null,
    failure: {
      code: 'build_step_failed',
      stage: 'build',
      message: 'RUN false ended with exit code 1.',
      retryable: false,
      stepNumber: 2,
      instruction: 'RUN false',
      exitCode: 1,
      lastLines: ['one', 'two'],
    },
  });
}

export function aStep(number: number, over: Partial<Step> = {}): Step {
  return {
    number,
    name: `step ${String(number)}`,
    instructionType: 'RUN',
    status: 'running',
    cached: false,
    startedAt: '2026-11-21T09:00:00.000Z',
    completedAt: null,
    durationMs: null,
    stdout: null,
    stderr: null,
    errorMessage: null,
    errorCode: null,
    layerDigest: null,
    layerSizeBytes: null,
    ...over,
  };
}

/** Finishes the run of an attempt with a log of one line. */
export async function finish(db: FreshDatabase, holder: LeaseHolder, outcome: RunOutcome): Promise<void> {
  const { chunks, seal } = aLog('hello\n');
  const gate = createLeaseGate(db.api);
  await gate.appendLog(holder, holder.fence, chunks);
  await gate.finish(holder, holder.fence, outcome, seal);
}

/** Lets a lease's time run out, as if its supervisor had been silent. */
export async function makeOverdue(db: FreshDatabase, leaseId: string): Promise<void> {
  await sql`UPDATE leases SET expires_at = clock_timestamp() - interval '1 second' WHERE id = ${leaseId}`.execute(
    db.controller,
  );
}

/** The control plane has been up for long, and its doorbells were delivered. */
export async function controlPlaneIsUp(db: FreshDatabase): Promise<void> {
  await sql`DELETE FROM outbox`.execute(db.controller);
  await sql`
    INSERT INTO control_plane_beats (instance, up_since, last_beat)
    VALUES ('test', clock_timestamp() - interval '1 hour', clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET up_since = excluded.up_since, last_beat = excluded.last_beat`.execute(
    db.admin,
  );
}
