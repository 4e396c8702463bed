import { randomUUID } from 'node:crypto';
import { noSuchBuild } from '../../domain/builds/no-such-build.js';
import { rebuiltDestination } from '../../domain/builds/rebuild.js';
import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import type { Build, RebuildRequest } from '../../ports/records.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { putOutboxInReserve } from '../outbox-row.js';
import { refuseUnscannable } from '../sboms/scan-trouble.js';
import { admit } from './admit.js';
import { copyConfig } from './accept-retry.js';
import { toOptionJson } from './build-config.js';
import { claimKey } from './idempotency.js';
import { insertBuild } from './insert-build.js';
import { needsNow } from './needs-now.js';
import { nextNumber } from './next-number.js';
import { openLogDay } from './open-log-day.js';
import { readBuild } from './read-build.js';
import { readConfig } from './read-config.js';

export interface AcceptedRebuild {
  readonly build: Build;
  readonly pinned: readonly string[];
  readonly notPinned: readonly string[];
  readonly created: boolean;
}

/** A new build of what a successful one was built from, in one transaction. conflict for a build that did not succeed. */
export async function acceptRebuild(
  db: Database,
  tenant: TenantContext,
  request: RebuildRequest,
): Promise<AcceptedRebuild> {
  const asked = parseId(request.buildId);
  const day = await openLogDay(db);
  return inTenant(db, tenant.tenantId, async (tx) => {
    const before = await findSuccess(tx, asked);
    const { options, resources, method, imageRepository, withoutSecrets } = await readConfig(tx, asked);
    const used = await usedImages(tx, asked);
    const { options: pinnedOptions, images } = request.pin(options, used);
    const told = {
      pinned: images,
      notPinned: used
        .map(({ reference }) => reference)
        .filter((reference) => !images.some((one) => one.startsWith(`${reference}@`))),
    };
    const buildId = randomUUID();
    const taken = await claimKey(tx, tenant.tenantId, buildId, request.idempotency);
    if (taken !== null) return { build: await readBuild(tx, taken), ...told, created: false };
    const admission = await admit(tx, tenant, { projectId: before.project_id, method, branch: null });
    const project = await nextNumber(tx, before.project_id);
    await refuseUnscannable(tx, project.gate);
    const trust = withoutSecrets ? 'untrusted' : project.trust;
    request.judge({ method, resources, trust });
    await insertBuild(tx, tenant, {
      buildId,
      projectId: project.id,
      number: project.number,
      day,
      method,
      imageRepository,
      destinations: [rebuiltDestination(imageRepository, before.build_number, project.number)],
      priority: before.priority,
      admission,
      needs: await needsNow(tx, tenant.tenantId, { method, options, resources }),
      git: {
        commit: before.git_commit,
        branch: before.branch,
        author: before.author,
        message: before.message,
      },
      trigger: { type: 'manual', source: `rebuild:${asked}` },
      chain: null,
    });
    await copyConfig(
      tx,
      { from: asked, to: buildId, resume: null },
      {
        ...{ limits: request.limits, gate: project.gate, trust },
        columns: toOptionJson({ ...pinnedOptions }),
      },
    );
    await putOutboxInReserve(tx, tenant.tenantId, {
      kind: 'start_build',
      buildId,
      tenantId: tenant.tenantId,
      projectId: project.id,
      project: project.slug,
      method,
      buildNumber: project.number,
      firstBuildId: null,
    });
    await notifyBuild(tx, buildId);
    return { build: await readBuild(tx, buildId), ...told, created: true };
  });
}

/** The build, to be compared with; conflict for one that has no image, or one that is itself such a comparison. */
export async function findSuccess(tx: Tx, buildId: string) {
  const build = await tx.selectFrom('builds').selectAll().where('id', '=', buildId).executeTakeFirst();
  if (build === undefined) throw noSuchBuild();
  if (build.what_if_of_build_id !== null) {
    const { build_number: number } = await tx
      .selectFrom('builds')
      .select('build_number')
      .where('id', '=', build.what_if_of_build_id)
      .executeTakeFirstOrThrow();
    throw new KilnError('conflict', {
      message: `Build #${String(build.build_number)} is a what-if of #${String(number)}: its image was never published.`,
      fix: `Name #${String(number)}, with all the changes that are meant.`,
    });
  }
  if (build.status === 'success') return build;
  throw new KilnError('conflict', {
    message: `Build #${String(build.build_number)} is ${build.status}: only a build that succeeded has an image to compare with.`,
    fix:
      build.status === 'queued' || build.status === 'in_progress'
        ? 'Ask again when it has ended: `kiln logs -f` follows it.'
        : '`kiln retry` builds it again.',
  });
}

/** The images that a build was made from, by its record. */
export function usedImages(tx: Tx, buildId: string) {
  return tx
    .selectFrom('build_base_images')
    .select(['reference', 'digest', 'is_base as isBase'])
    .where('build_id', '=', buildId)
    .orderBy('position')
    .execute();
}
