import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { retriedDestinations } from '../../domain/builds/retry.js';
import { isTerminal } from '../../domain/builds/status.js';
import type { Trust } from '../../domain/builds/trust.js';
import { noSuchBuild } from '../../domain/builds/no-such-build.js';
import { KilnError } from '../../domain/errors.js';
import type { GatePolicy } from '../../domain/gates/gate-policy.js';
import type { EffectiveLimits } from '../../domain/limits/effective-limits.js';
import { parseId } from '../../domain/ids.js';
import type { Build, RetryBuild } from '../../ports/records.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { putOutboxInReserve } from '../outbox-row.js';
import { refuseUnscannable } from '../sboms/scan-trouble.js';
import { admit } from './admit.js';
import { chainOf, firstOfChain } from './chain.js';
import { claimKey, findKey } from './idempotency.js';
import { insertBuild } from './insert-build.js';
import { needsNow } from './needs-now.js';
import { nextNumber } from './next-number.js';
import { openLogDay } from './open-log-day.js';
import { readBuild } from './read-build.js';
import { readConfig } from './read-config.js';
import { buildToResume } from './resume.js';

export interface AcceptedRetry {
  readonly build: Build;
  readonly answer: 'created' | 'joined' | 'replayed';
}

/**
 * A new build in the chain of `buildId`, in one transaction under the lock of the chain's first build; the unique (first build,
 * retry_count) stands behind it. A retry that is live is given instead of a second one. conflict when there is nothing to retry,
 * resume_impossible with the reason when the wanted phase cannot be resumed.
 */
export async function acceptRetry(
  db: Database,
  tenant: TenantContext,
  request: RetryBuild,
): Promise<AcceptedRetry> {
  const asked = parseId(request.buildId);
  const day = await openLogDay(db);
  return inTenant(db, tenant.tenantId, async (tx) => {
    const firstBuildId = await firstOfChain(tx, asked);
    const chain = await lockChain(tx, firstBuildId);
    const known = await findKey(tx, request.idempotency);
    if (known !== null) return { build: await readBuild(tx, known), answer: 'replayed' };
    const last = lastToRetry(chain);
    const buildId = isTerminal(last.status) ? randomUUID() : last.id;
    const taken = await claimKey(tx, tenant.tenantId, buildId, request.idempotency);
    if (taken !== null) return { build: await readBuild(tx, taken), answer: 'replayed' };
    if (buildId === last.id) return { build: await readBuild(tx, last.id), answer: 'joined' };

    const admission = await admit(tx, tenant, {
      projectId: last.project_id,
      method: last.build_method,
      branch: null,
    });
    const resume = request.resumeFrom === 'publish' ? await buildToResume(tx, firstBuildId) : null;
    const project = await nextNumber(tx, last.project_id);
    if (last.what_if === null) await refuseUnscannable(tx, project.gate);
    const { options, resources, withoutSecrets } = await readConfig(tx, last.id);
    const trust = withoutSecrets ? 'untrusted' : project.trust;
    if (resume === null) request.judge({ method: last.build_method, resources, trust });
    await insertBuild(tx, tenant, {
      buildId,
      projectId: project.id,
      number: project.number,
      day,
      method: last.build_method,
      imageRepository: last.image_repository,
      destinations: retriedDestinations(last.destinations, last.build_number, project.number),
      priority: last.priority,
      admission,
      needs:
        resume === null
          ? await needsNow(tx, tenant.tenantId, { method: last.build_method, options, resources })
          : {},
      git: { commit: last.git_commit, branch: last.branch, author: last.author, message: last.message },
      trigger: { type: 'manual', source: `retry:${last.id}` },
      chain: {
        original_build_id: firstBuildId,
        retry_of_build_id: last.id,
        retry_count: last.retry_count + 1,
      },
      whatIf:
        last.what_if_of_build_id === null || last.what_if === null
          ? null
          : { of: last.what_if_of_build_id, changes: last.what_if },
    });
    // Nothing of a what-if is published, so that there is nothing to hold.
    const own = { limits: request.limits, gate: last.what_if === null ? project.gate : null, trust };
    await copyConfig(tx, { from: last.id, to: buildId, resume }, own);
    await putOutboxInReserve(tx, tenant.tenantId, {
      kind: 'start_build',
      buildId,
      tenantId: tenant.tenantId,
      projectId: project.id,
      project: project.slug,
      method: last.build_method,
      buildNumber: project.number,
      firstBuildId,
    });
    await notifyBuild(tx, buildId);
    return { build: await readBuild(tx, buildId), answer: 'created' };
  });
}

type Member = Awaited<ReturnType<typeof lockChain>>[number];

/** Everybody who adds to a chain or removes what it left in staging waits here. */
async function lockChain(tx: Tx, firstBuildId: string) {
  await tx.selectFrom('builds').select('id').where('id', '=', firstBuildId).forNoKeyUpdate().execute();
  return chainOf(tx, firstBuildId).selectAll('b').select('r.retry_count').forNoKeyUpdate('b').execute();
}

/** The newest build of the chain: to be retried when it is over, to be joined when it is a live retry that nobody cancels. */
function lastToRetry(chain: readonly Member[]): Member {
  const last = chain.at(-1);
  if (last === undefined) throw noSuchBuild();
  const name = `Build #${String(last.build_number)}`;
  if (!isTerminal(last.status) && last.retry_count === 0)
    throw new KilnError('conflict', {
      message: `${name} has not ended: there is nothing to retry yet.`,
      fix: 'Wait for its end (`kiln logs -f`), or end it: `kiln cancel`.',
    });
  if (!isTerminal(last.status) && last.cancel_requested_at !== null)
    throw new KilnError('conflict', {
      message: `${name}, the retry that is live, is being cancelled: retry it when it has ended.`,
      fix: 'Ask again in a moment; `kiln show` says when it has ended.',
    });
  if (last.status === 'success')
    throw new KilnError('conflict', {
      message: `${name} has succeeded: there is nothing to retry. Start a new build instead.`,
      fix: '`kiln build`, or POST /v1/projects/{project}/builds, starts one.',
    });
  return last;
}

/** All that was asked for, with every column that a configuration has or will have; only where to begin, limits, gate and trust are the retry's own. */
export async function copyConfig(
  tx: Tx,
  { from, to, resume }: { readonly from: string; readonly to: string; readonly resume: string | null },
  own: {
    readonly limits: EffectiveLimits;
    readonly gate: GatePolicy | null;
    readonly trust: Trust;
    /** Columns that are not taken over. */
    readonly columns?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const longestMs = own.limits.build_timeout_seconds.value * 1000;
  const changed = JSON.stringify({
    id: randomUUID(),
    build_id: to,
    resume_from: resume === null ? null : 'publish',
    resume_build_id: resume,
    ...{ limits: own.limits, gate: own.gate, trust: own.trust },
    ...own.columns,
  });
  await sql`
    INSERT INTO build_configs SELECT copy.* FROM build_configs c
    CROSS JOIN LATERAL jsonb_populate_record(c, ${changed}::jsonb || jsonb_build_object(
      'build_timeout_milliseconds', least(c.build_timeout_milliseconds, ${longestMs}))) copy
    WHERE c.build_id = ${from}`.execute(tx);
}
