import type { BuildMethod } from '../../domain/builds/method.js';
import type { WhatIf } from '../../domain/builds/what-if.js';
import type { BuildTrigger } from '../../domain/builds/trigger.js';
import type { BuildNeeds } from '../../domain/dispatch/needs.js';
import { dispatchAtMs } from '../../domain/dispatch/order.js';
import { toTraceparent } from '../../domain/traces/traceparent.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Tx } from '../database.js';
import { storableOrNull, toJson } from '../storable.js';
import { databaseNow } from '../times.js';
import type { Admission } from './admit.js';
import { supersede } from './supersede.js';

/** What is stored of a build at its acceptance, beside its configuration. */
export interface QueuedBuild {
  readonly buildId: string;
  readonly projectId: string;
  readonly number: number;
  /** UTC day as YYYY-MM-DD. */
  readonly day: string;
  readonly method: BuildMethod;
  readonly imageRepository: string;
  readonly destinations: readonly string[];
  readonly priority: number;
  readonly admission: Admission;
  readonly needs: BuildNeeds;
  readonly git: {
    readonly commit: string | null;
    readonly branch: string | null;
    readonly author: string | null;
    readonly message: string | null;
  };
  readonly trigger: BuildTrigger;
  /** Of a retry: its place in the chain. */
  readonly chain: {
    readonly original_build_id: string;
    readonly retry_of_build_id: string;
    readonly retry_count: number;
  } | null;
  /** Of a what-if: the build that it is compared with, and the changes. */
  readonly whatIf?: { readonly of: string; readonly changes: WhatIf } | null;
}

/** A queued build with its trigger, empty result and history; those that it supersedes are asked to end. */
export async function insertBuild(tx: Tx, tenant: TenantContext, build: QueuedBuild): Promise<void> {
  const ids = { tenant_id: tenant.tenantId, build_id: build.buildId };
  const at = await databaseNow(tx);
  await tx
    .insertInto('builds')
    .values({
      id: build.buildId,
      tenant_id: tenant.tenantId,
      project_id: build.projectId,
      build_number: build.number,
      image_repository: build.imageRepository,
      build_method: build.method,
      triggered_by_user_id: tenant.userId,
      started_by_token_id: tenant.tokenId ?? null,
      git_commit: storableOrNull(build.git.commit),
      branch: storableOrNull(build.git.branch),
      author: storableOrNull(build.git.author),
      message: storableOrNull(build.git.message),
      priority: build.priority,
      needs: toJson(build.needs),
      destinations: toJson(build.destinations),
      build_day: build.day,
      created_at: at,
      queued_at: at,
      what_if_of_build_id: build.whatIf?.of ?? null,
      what_if: build.whatIf == null ? null : toJson(build.whatIf.changes),
      dispatch_at: new Date(dispatchAtMs(at.getTime(), build.admission.countsPriority ? build.priority : 0)),
    })
    .execute();
  await tx
    .insertInto('build_triggers')
    .values({
      ...ids,
      trigger_type: build.trigger.type,
      trigger_source: storableOrNull(build.trigger.source),
      created_by_user_id: tenant.userId,
      created_at: at,
      requested_at: tenant.request?.receivedAt ?? null,
      traceparent: tenant.request?.trace ? toTraceparent(tenant.request.trace) : null,
    })
    .execute();
  await tx
    .insertInto('build_results')
    .values({ ...ids, is_retry: build.chain !== null, ...build.chain })
    .execute();
  await tx
    .insertInto('build_status_history')
    .values({
      ...ids,
      to_status: 'queued',
      reason: acceptedText(build.admission),
      changed_by_user_id: tenant.userId,
      changed_by_system: tenant.userId === null,
      changed_at: at,
    })
    .execute();
  await supersede(tx, tenant, build.buildId, build.admission.supersedes);
}

function acceptedText({ supersedes }: Admission): string {
  if (supersedes.length === 0) return 'accepted';
  return `accepted; supersedes ${supersedes.map(({ number }) => `#${String(number)}`).join(', ')}`;
}
