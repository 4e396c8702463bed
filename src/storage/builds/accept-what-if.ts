import { randomUUID } from 'node:crypto';
import { whatIfSource } from '../../domain/builds/what-if.js';
import { parseId } from '../../domain/ids.js';
import type { Build, WhatIfRequest } from '../../ports/records.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { putOutboxInReserve } from '../outbox-row.js';
import { findSuccess, usedImages } from './accept-rebuild.js';
import { copyConfig } from './accept-retry.js';
import { admit } from './admit.js';
import { toOptionJson } from './build-config.js';
import { claimKey } from './idempotency.js';
import { insertBuild } from './insert-build.js';
import { needsNow } from './needs-now.js';
import { nextNumber } from './next-number.js';
import { openLogDay } from './open-log-day.js';
import { readBuild } from './read-build.js';
import { readConfig } from './read-config.js';

export interface AcceptedWhatIf {
  readonly build: Build;
  readonly pinned: readonly string[];
  readonly created: boolean;
}

/**
 * A new build of what a successful one was built from, with changes, in one transaction. It has no destination, no branch and no gate, and
 * stays a what-if: the database refuses everything else. conflict for a build that did not succeed, or is a what-if itself.
 */
export async function acceptWhatIf(
  db: Database,
  tenant: TenantContext,
  request: WhatIfRequest,
): Promise<AcceptedWhatIf> {
  const asked = parseId(request.buildId);
  const day = await openLogDay(db);
  return inTenant(db, tenant.tenantId, async (tx) => {
    const before = await findSuccess(tx, asked);
    const config = await readConfig(tx, asked);
    const used = await usedImages(tx, asked);
    const { resources, imageRepository, withoutSecrets } = config;
    const { method, options, pinned, whatIf } = request.change({ ...config, used });
    const buildId = randomUUID();
    const taken = await claimKey(tx, tenant.tenantId, buildId, request.idempotency);
    if (taken !== null) return { build: await readBuild(tx, taken), pinned, created: false };
    const admission = await admit(tx, tenant, { projectId: before.project_id, method, branch: null });
    const project = await nextNumber(tx, before.project_id);
    const trust = withoutSecrets ? 'untrusted' : project.trust;
    request.judge({ method, resources, trust });
    await insertBuild(tx, tenant, {
      ...{ buildId, day, method, imageRepository, admission },
      ...{ projectId: project.id, number: project.number, priority: before.priority },
      destinations: [],
      needs: await needsNow(tx, tenant.tenantId, { method, options, resources }),
      git: {
        ...{ commit: before.git_commit, branch: null },
        ...{ author: before.author, message: before.message },
      },
      trigger: { type: 'manual', source: whatIfSource(project.slug, before.build_number) },
      chain: null,
      whatIf: { of: asked, changes: whatIf },
    });
    await copyConfig(
      tx,
      { from: asked, to: buildId, resume: null },
      {
        ...{ limits: request.limits, gate: null, trust },
        columns: { ...toOptionJson({ ...options }), build_method: method },
      },
    );
    await putOutboxInReserve(tx, tenant.tenantId, {
      ...{ kind: 'start_build', buildId, tenantId: tenant.tenantId, method },
      ...{ projectId: project.id, project: project.slug, buildNumber: project.number, firstBuildId: null },
    });
    await notifyBuild(tx, buildId);
    return { build: await readBuild(tx, buildId), pinned, created: true };
  });
}
