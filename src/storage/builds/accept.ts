import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { destinationsOf } from '../../domain/builds/destinations.js';
import { dispatchAtMs } from '../../domain/dispatch/order.js';
import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import type { AcceptBuild, Build } from '../../ports/records.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { asStorageError } from '../errors.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { putOutbox } from '../outbox-row.js';
import { storableOrNull, toJson } from '../storable.js';
import { databaseNow, utcDay } from '../times.js';
import { toConfigRow } from './build-config.js';
import { claimKey } from './idempotency.js';
import { readBuild } from './read-build.js';

/** Accepts a build in one transaction; a repeated key gives the build of the first time. */
export async function accept(
  db: Database,
  tenant: TenantContext,
  request: AcceptBuild,
): Promise<{ build: Build; created: boolean }> {
  const projectId = parseId(request.projectId);
  const day = utcDay(await databaseNow(db).catch(rethrow));
  await ensureLogPartition(db, day);
  return inTenant(db, tenant.tenantId, async (tx) => {
    const buildId = randomUUID();
    const first = await claimKey(tx, tenant.tenantId, buildId, request.idempotency);
    if (first !== null) return { build: await readBuild(tx, first), created: false };
    await requireUpload(tx, request);
    const project = await nextNumber(tx, projectId);
    await insertBuild(tx, tenant, { buildId, day }, project, request);
    await putOutbox(tx, tenant.tenantId, {
      kind: 'start_build',
      buildId,
      tenantId: tenant.tenantId,
      projectId,
      project: project.slug,
      method: request.method,
      buildNumber: project.number,
    });
    await notifyBuild(tx, buildId);
    return { build: await readBuild(tx, buildId), created: true };
  });
}

function rethrow(error: unknown): never {
  throw asStorageError(error);
}

/** Before the transaction, so that its lock on the log is held for a moment only. */
async function ensureLogPartition(db: Database, day: string): Promise<void> {
  await sql`SELECT ensure_log_partition(${day}::date)`.execute(db).catch(rethrow);
}

async function requireUpload(tx: Tx, { source }: AcceptBuild): Promise<void> {
  if (source.kind !== 'upload') return;
  const row = await tx
    .selectFrom('uploads')
    .select('id')
    .where('id', '=', parseId(source.upload_id))
    .executeTakeFirst();
  if (row !== undefined) return;
  throw new KilnError('invalid_request', {
    fields: [{ field: 'source.upload_id', message: 'names no upload: send the context first' }],
  });
}

interface NumberedProject {
  readonly id: string;
  readonly slug: string;
  readonly image_repository: string;
  readonly destinations: readonly string[];
  readonly number: number;
}

/** The row's lock is held until the commit, so numbers have no gaps and no doubles. */
async function nextNumber(tx: Tx, projectId: string): Promise<NumberedProject> {
  const project = await tx
    .updateTable('projects')
    .set((eb) => ({ last_build_number: eb('last_build_number', '+', 1) }))
    .where('id', '=', projectId)
    .returning(['id', 'slug', 'image_repository', 'destinations', 'last_build_number as number'])
    .executeTakeFirst();
  if (project === undefined) throw new KilnError('not_found', { message: 'There is no such project.' });
  return project;
}

async function insertBuild(
  tx: Tx,
  tenant: TenantContext,
  { buildId, day }: { buildId: string; day: string },
  project: NumberedProject,
  request: AcceptBuild,
): Promise<void> {
  const ids = { tenant_id: tenant.tenantId, build_id: buildId };
  const at = await databaseNow(tx);
  const policy = await tx
    .selectFrom('build_concurrency_policies')
    .select('priority_dispatch_enabled as byPriority')
    .executeTakeFirst();
  const priority = policy?.byPriority === false ? 0 : request.priority;
  await tx
    .insertInto('builds')
    .values({
      id: buildId,
      tenant_id: tenant.tenantId,
      project_id: project.id,
      build_number: project.number,
      image_repository: project.image_repository,
      build_method: request.method,
      triggered_by_user_id: tenant.userId,
      git_commit: storableOrNull(request.git.commit),
      branch: storableOrNull(request.git.branch),
      author: storableOrNull(request.git.author),
      message: storableOrNull(request.git.message),
      priority: request.priority,
      destinations: toJson(
        destinationsOf(
          request.destinations,
          { destinations: project.destinations, imageRepository: project.image_repository },
          project.number,
        ),
      ),
      build_day: day,
      created_at: at,
      queued_at: at,
      dispatch_at: new Date(dispatchAtMs(at.getTime(), priority)),
    })
    .execute();
  await tx
    .insertInto('build_configs')
    .values(toConfigRow(tenant.tenantId, buildId, request))
    .execute();
  await tx
    .insertInto('build_triggers')
    .values({
      ...ids,
      trigger_type: 'manual',
      trigger_source: storableOrNull(request.triggerSource),
      created_by_user_id: tenant.userId,
      created_at: at,
    })
    .execute();
  await tx.insertInto('build_results').values(ids).execute();
  await tx
    .insertInto('build_status_history')
    .values({
      ...ids,
      to_status: 'queued',
      reason: 'accepted',
      changed_by_user_id: tenant.userId,
      changed_by_system: tenant.userId === null,
      changed_at: at,
    })
    .execute();
}
