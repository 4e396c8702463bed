import { allowedBy, blockingLimit, holdsLimit, UNLIMITED } from '../../domain/dispatch/limits.js';
import { hasNeeds, needsInWords } from '../../domain/dispatch/needs.js';
import { queueReason, type ReachedLimit } from '../../domain/dispatch/queue-reason.js';
import type { Tx } from '../database.js';
import { readHolders } from '../dispatch/limit-holders.js';
import { readPolicies } from '../dispatch/pool-state.js';
import { readHeldReason } from '../gates/read-held-reason.js';
import { databaseNow } from '../times.js';
import { CONDITION_COLUMNS, judgeOnline } from '../workers/condition.js';

/** Why a build of the transaction's tenant waits in the queue. */
export async function readQueueReason(tx: Tx, buildId: string): Promise<string> {
  const build = await tx
    .selectFrom('builds')
    .select([
      'tenant_id as tenantId',
      'project_id as projectId',
      'build_method as method',
      'not_before',
      'held_at',
      'needs',
    ])
    .where('id', '=', buildId)
    .executeTakeFirstOrThrow();
  if (build.held_at !== null) return readHeldReason(tx, buildId);
  const hosts = await tx
    .selectFrom('build_workers')
    .select(['worker_name', 'methods', 'labels', ...CONDITION_COLUMNS])
    .where('status', '<>', 'offline')
    .where((eb) => eb.or([eb('tenant_id', 'is', null), eb('tenant_id', '=', build.tenantId)]))
    .orderBy('worker_name')
    .execute();
  const now = await databaseNow(tx);
  return queueReason({
    method: build.method,
    needs: needsInWords(build.needs),
    blocking: await reachedLimit(tx, build),
    waitMs: (build.not_before?.getTime() ?? 0) - now.getTime(),
    hosts: hosts
      .filter(({ methods, labels }) => methods.includes(build.method) && hasNeeds(build.needs, labels))
      .map((host) => ({
        name: host.worker_name,
        refusal: judgeOnline(host, now).refusal,
      })),
  });
}

async function reachedLimit(
  tx: Tx,
  build: { readonly tenantId: string; readonly projectId: string; readonly method: string },
): Promise<ReachedLimit | null> {
  const policy = (await readPolicies(tx)).get(build.tenantId) ?? UNLIMITED;
  const running = await readHolders(tx, build.tenantId, { withQueued: false });
  const limit = blockingLimit(
    build,
    policy,
    running.map((one) => ({ ...one, count: 1 })),
  );
  if (limit === null) return null;
  const holders = running.filter((one) => holdsLimit(limit, build, one));
  return { limit, most: allowedBy(limit, policy), holders };
}
