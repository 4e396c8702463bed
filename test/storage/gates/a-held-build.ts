import type { GateChange } from '../../../src/domain/gates/gate-policy.js';
import type { GateDecision } from '../../../src/domain/gates/gate-status.js';
import type { LeaseRef } from '../../../src/domain/dispatch/lease.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createGateStore } from '../../../src/storage/gates/gate-store.js';
import { createGatekeeper } from '../../../src/storage/gates/gatekeeper.js';
import { createProjectStore } from '../../../src/storage/identity/project-store.js';
import { newToken } from '../../../src/storage/token.js';
import { sql } from 'kysely';
import { aBuild, anImage, aProject, aTenant, aWorker } from '../../support/builds.js';
import { buildImage } from '../../support/built-build.js';
import type { FreshDatabase } from '../../support/database.js';

/** Sets the gate of a project. */
export async function setGate(
  db: FreshDatabase,
  tenant: TenantContext,
  project: string,
  gate: GateChange | null,
): Promise<void> {
  await createProjectStore(db.api).update(tenant, project, {
    name: undefined,
    imageRepository: undefined,
    destinations: undefined,
    defaults: undefined,
    gate,
    retention: undefined,
  });
}

/** Who calls with an API token of its own. */
export async function aCaller(
  { controller }: FreshDatabase,
  tenant: TenantContext & { readonly userId: string },
  name: string,
): Promise<TenantContext & { readonly userId: string; readonly tokenId: string }> {
  const { id } = await controller
    .insertInto('api_tokens')
    .values({
      tenant_id: tenant.tenantId,
      user_id: tenant.userId,
      token_name: name,
      token_sha256: newToken('api').sha256,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { ...tenant, tokenId: id };
}

/** A project with a gate, one slot, and two callers: `ci` starts builds, `lead` decides. */
export async function aGatedProject(db: FreshDatabase, gate: GateChange = { kind: 'approval' }) {
  const tenant = await aTenant(db);
  const [ci, lead] = [await aCaller(db, tenant, 'ci'), await aCaller(db, tenant, 'lead')];
  const worker = await aWorker(db, { tenantId: tenant.tenantId });
  const project = await aProject(db, tenant);
  await setGate(db, tenant, project.id, gate);
  return { tenant, ci, lead, worker, project };
}

/** A build whose image lies in staging and that comes to its gate next. */
export async function aBuildAtGate(db: FreshDatabase, gate?: GateChange) {
  const made = await aGatedProject(db, gate);
  const build = await aBuild(db, made.ci, made.project.id);
  const lease = await buildImage(db, build.id, made.worker, anImage(`of ${build.id}`));
  return { ...made, build, lease };
}

/** The same, held by its gate. */
export async function aHeldBuild(db: FreshDatabase, gate?: GateChange, findings: readonly string[] = []) {
  const made = await aBuildAtGate(db, gate);
  await comeToGate(db, made.lease, findings);
  return made;
}

/** What the workflow does after the build. */
export function comeToGate(
  db: FreshDatabase,
  lease: LeaseRef,
  findings: readonly string[] = [],
): Promise<{ open: boolean }> {
  return createGatekeeper(db.controller).pass(lease, findings);
}

/** What a person does. */
export function decide(
  db: FreshDatabase,
  caller: TenantContext,
  buildId: string,
  decision: GateDecision,
  why: string | null = null,
) {
  return createGateStore(db.api).decide(caller, { buildId, decision, why });
}

/** Lets the time of a held build run out. */
export async function timeIsOver(db: FreshDatabase, buildId: string): Promise<void> {
  await sql`UPDATE build_gates SET expires_at = clock_timestamp() - interval '1 second' WHERE build_id = ${buildId}`.execute(
    db.controller,
  );
}
