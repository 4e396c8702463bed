import { randomUUID } from 'node:crypto';
import { destinationsOf } from '../../domain/builds/destinations.js';
import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import type { AcceptBuild, Build } from '../../ports/records.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { putOutboxInReserve } from '../outbox-row.js';
import { refuseUnscannable } from '../sboms/scan-trouble.js';
import { toJson } from '../storable.js';
import { admit } from './admit.js';
import { toConfigRow } from './build-config.js';
import { claimKey } from './idempotency.js';
import { insertBuild } from './insert-build.js';
import { needsNow, refuseUnmetNeeds } from './needs-now.js';
import { nextNumber } from './next-number.js';
import { openLogDay } from './open-log-day.js';
import { readBuild } from './read-build.js';

/** Accepts a build in one transaction; a repeated key gives the build of the first time. */
export async function accept(
  db: Database,
  tenant: TenantContext,
  request: AcceptBuild,
): Promise<{ build: Build; created: boolean }> {
  const projectId = parseId(request.projectId);
  const day = await openLogDay(db);
  return inTenant(db, tenant.tenantId, async (tx) => {
    const buildId = randomUUID();
    const first = await claimKey(tx, tenant.tenantId, buildId, request.idempotency);
    if (first !== null) return { build: await readBuild(tx, first), created: false };
    await requireUpload(tx, request);
    await refuseUnmetNeeds(tx, tenant.tenantId, request);
    const branch = branchOf(request);
    const admission = await admit(tx, tenant, { projectId, method: request.method, branch });
    const project = await nextNumber(tx, projectId);
    await refuseUnscannable(tx, project.gate);
    await insertBuild(tx, tenant, {
      buildId,
      projectId,
      number: project.number,
      day,
      method: request.method,
      imageRepository: project.image_repository,
      destinations: destinationsOf(
        request.destinations,
        { destinations: project.destinations, imageRepository: project.image_repository },
        project.number,
      ),
      priority: request.priority,
      admission,
      needs: await needsNow(tx, tenant.tenantId, request),
      git: request.git,
      trigger: request.trigger,
      chain: null,
    });
    await tx
      .insertInto('build_configs')
      .values({
        ...toConfigRow(tenant.tenantId, buildId, request),
        gate: project.gate === null ? null : toJson(project.gate),
      })
      .execute();
    await putOutboxInReserve(tx, tenant.tenantId, {
      kind: 'start_build',
      buildId,
      tenantId: tenant.tenantId,
      projectId,
      project: project.slug,
      method: request.method,
      buildNumber: project.number,
      firstBuildId: null,
    });
    await notifyBuild(tx, buildId);
    return { build: await readBuild(tx, buildId), created: true };
  });
}

/** What is known of the branch before anybody has looked into the source. */
function branchOf({ git, source }: AcceptBuild): string | null {
  if (git.branch !== null || source.kind !== 'git') return git.branch;
  return source.ref?.replace(/^refs\/heads\//, '') ?? null;
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
