import { noSuchBuild } from '../../domain/builds/no-such-build.js';
import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import type { GateDecision } from '../../domain/gates/gate-status.js';
import { deciderName, decisionWords, formatMoment } from '../../domain/gates/gate-words.js';
import type { Build } from '../../ports/records.js';
import type { TenantContext } from '../../ports/stores.js';
import { readBuild } from '../builds/read-build.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { putOutbox } from '../outbox-row.js';
import { storableOrNull } from '../storable.js';
import { databaseNow } from '../times.js';

type Decided = { readonly buildId: string; readonly decision: GateDecision; readonly why: string | null };

/**
 * Writes a decision under the build's lock, together with its history and its doorbell: the expiry, a cancel and another decision either
 * came before, and refuse it, or come after.
 */
export async function decideGate(db: Database, tenant: TenantContext, decided: Decided): Promise<Build> {
  return inTenant(db, tenant.tenantId, async (tx) => {
    const buildId = parseId(decided.buildId);
    const held = await lockHeld(tx, buildId);
    if (held.gate_status !== decided.decision) await decide(tx, tenant, held, { ...decided, buildId });
    return readBuild(tx, buildId);
  });
}

async function decide(tx: Tx, tenant: TenantContext, held: Held, decided: Decided): Promise<void> {
  const { buildId, decision } = decided;
  const why = storableOrNull(decided.why);
  const at = await databaseNow(tx);
  refuseLate(held, at);
  if (decision === 'approved') refuseOwn(held, tenant);
  await tx
    .updateTable('build_gates')
    .set({
      gate_status: decision,
      decided_at: at,
      decided_by_user_id: tenant.userId,
      decided_by_token_id: tenant.tokenId ?? null,
      why,
    })
    .where('build_id', '=', buildId)
    .execute();
  if (decision === 'approved') {
    await tx.updateTable('builds').set({ held_at: null, queued_at: at }).where('id', '=', buildId).execute();
  }
  await tx
    .insertInto('build_status_history')
    .values({
      tenant_id: tenant.tenantId,
      build_id: buildId,
      from_status: 'queued',
      to_status: 'queued',
      reason: decisionWords(decision, await nameOf(tx, tenant), why),
      changed_by_user_id: tenant.userId,
      changed_by_system: tenant.userId === null,
      changed_at: at,
    })
    .execute();
  await putOutbox(tx, tenant.tenantId, { kind: 'gate_decided', buildId, decision });
  await notifyBuild(tx, buildId);
}

type Held = Awaited<ReturnType<typeof lockHeld>>;

/** The build with its gate, locked; conflict when there is nothing to decide, or was not. */
async function lockHeld(tx: Tx, buildId: string) {
  const build = await tx
    .selectFrom('builds as b')
    .innerJoin('build_configs as c', 'c.build_id', 'b.id')
    .select(['b.id', 'b.cancel_requested_at', 'b.started_by_token_id', 'b.what_if', 'c.gate'])
    .where('b.id', '=', buildId)
    .forNoKeyUpdate('b')
    .executeTakeFirst();
  if (build === undefined) throw noSuchBuild();
  // Read by its own statement, so that it is seen as the one who held the lock has left it.
  const gate = await tx
    .selectFrom('build_gates as g')
    .leftJoin('users as u', 'u.id', 'g.decided_by_user_id')
    .leftJoin('api_tokens as t', 't.id', 'g.decided_by_token_id')
    .select(['g.gate_status', 'g.expires_at', 'g.decided_at', 'g.why', 'u.username', 't.token_name'])
    .where('g.build_id', '=', buildId)
    .executeTakeFirst();
  if (gate !== undefined && gate.gate_status !== 'passed') return { ...build, ...gate };
  throw new KilnError('conflict', {
    message:
      build.what_if !== null
        ? 'The build is not held: it is a what-if, which is never published.'
        : build.gate === null
          ? 'The build is not held: its project has no gate.'
          : gate === undefined
            ? 'The build is not held: it has not come to the gate of its project yet.'
            : 'The build is not held: nothing was found in its image.',
    fix: '`kiln builds --held` lists what waits for a decision.',
  });
}

function refuseLate(held: Held, at: Date): void {
  const { gate_status: status, expires_at: until, decided_at: decidedAt } = held;
  if ((status === 'approved' || status === 'rejected') && decidedAt !== null) {
    const by = deciderName(held.username, held.token_name);
    throw new KilnError('conflict', {
      message: `The build was ${decisionWords(status, by, held.why)} (${formatMoment(decidedAt)}).`,
      fix: 'A decision stays. `kiln show` says how the build ended; a new build, or a retry with --from publish, comes to the gate again.',
    });
  }
  if (status === 'refused')
    throw new KilnError('conflict', { message: 'The gate has refused the image by what a scan says.' });
  if (status === 'withdrawn' || held.cancel_requested_at !== null)
    throw new KilnError('conflict', {
      message: 'The build was cancelled, or has ended otherwise, before a decision.',
      fix: '`kiln show` says how it ended; a retry with --from publish comes to the gate again, as long as its image is kept.',
    });
  if (until !== null && until <= at)
    throw new KilnError('conflict', {
      message: `The build waited for approval until ${formatMoment(until)}: that time is over.`,
      fix: 'A retry with --from publish asks again, without building. `kiln projects set` with --gate-expiry gives more time.',
    });
}

function refuseOwn(held: Held, tenant: TenantContext): void {
  if (held.gate?.by_other !== true) return;
  if (tenant.tokenId !== undefined && tenant.tokenId !== held.started_by_token_id) return;
  throw new KilnError('forbidden', {
    message: 'This token has started the build, and its project wants the approval of another one.',
    fix: 'Have somebody approve it who has a token of his own. This token may reject it: `kiln reject`.',
  });
}

async function nameOf(tx: Tx, { userId, tokenId }: TenantContext): Promise<string> {
  const user =
    userId === null
      ? undefined
      : await tx.selectFrom('users').select('username').where('id', '=', userId).executeTakeFirst();
  const token =
    tokenId === undefined
      ? undefined
      : await tx.selectFrom('api_tokens').select('token_name').where('id', '=', tokenId).executeTakeFirst();
  return deciderName(user?.username ?? null, token?.token_name ?? null);
}
