import { limitReached } from '../../domain/dispatch/limit-reached.js';
import { allowedBy, blockingLimit, holdsLimit, UNLIMITED } from '../../domain/dispatch/limits.js';
import type { TenantContext } from '../../ports/stores.js';
import type { Tx } from '../database.js';
import { readHolders } from '../dispatch/limit-holders.js';
import { readPolicies } from '../dispatch/pool-state.js';
import { lockAdmission } from '../locks.js';
import { findOlder } from './supersede.js';

/** A build that is about to be accepted, as far as limits of the queue go. */
export interface Candidate {
  readonly projectId: string;
  readonly method: string;
  /** Of its source; null where it is not known yet, and for a build that takes the place of no other. */
  readonly branch: string | null;
}

export interface Admission {
  /** Whether the priority of the build decides. */
  readonly countsPriority: boolean;
  /** Older builds of its branch that it takes the place of. */
  readonly supersedes: readonly { readonly id: string; readonly number: number }[];
}

/**
 * What the tenant's policy says when the builds that run or wait are as many as a limit allows: the new one waits, is refused with
 * `concurrency_limit_reached` (`no_build_allowed` where waiting is in vain), or takes the place of older ones of its branch.
 */
export async function admit(tx: Tx, { tenantId }: TenantContext, build: Candidate): Promise<Admission> {
  const policy = (await readPolicies(tx)).get(tenantId) ?? UNLIMITED;
  const { countsPriority } = policy;
  if (policy.onLimit === 'queue') return { countsPriority, supersedes: [] };
  // Of two that are accepted at once, the second counts the first.
  await lockAdmission(tx, tenantId);
  const open = await readHolders(tx, tenantId, { withQueued: true });
  const limit = blockingLimit(
    { tenantId, ...build },
    policy,
    open.map((one) => ({ ...one, count: 1 })),
  );
  if (limit === null) return { countsPriority, supersedes: [] };
  if (policy.onLimit === 'reject') {
    const holders = open.filter((one) => holdsLimit(limit, build, one));
    throw limitReached(limit, allowedBy(limit, policy), holders);
  }
  return {
    countsPriority,
    supersedes: build.branch === null ? [] : await findOlder(tx, build.projectId, build.branch),
  };
}
