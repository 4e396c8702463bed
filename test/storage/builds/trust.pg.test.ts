import { refuseUntrusted } from '../../../src/contracts/trust.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { readRunSpec } from '../../../src/storage/dispatch/run-spec.js';
import { createProjectStore } from '../../../src/storage/identity/project-store.js';
import { inTenant } from '../../../src/storage/in-tenant.js';
import type { AcceptBuild } from '../../../src/ports/records.js';
import type { Trust } from '../../../src/domain/builds/trust.js';
import { aBuild, aFailure, aProject, aRunningBuild, aTenant, finish } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const nothing = {
  name: undefined,
  imageRepository: undefined,
  destinations: undefined,
  defaults: undefined,
  gate: undefined,
  retention: undefined,
};
const setTrust = (tenant: TenantContext, projectId: string, trust: Trust) =>
  createProjectStore(db.api).update(tenant, projectId, { ...nothing, trust });
const retry = (tenant: TenantContext, buildId: string) =>
  createBuildStore(db.api).retry(tenant, {
    buildId,
    limits: BUILT_IN_LIMITS,
    judge: refuseUntrusted,
    resumeFrom: 'source',
    idempotency: null,
  });
const trustOf = async (tenant: TenantContext, buildId: string) =>
  (await createBuildStore(db.api).get(tenant, buildId)).trust;

/** A failed build of the project as it was accepted. */
async function aFailedBuild(over: Partial<AcceptBuild>) {
  const running = await aRunningBuild(db, over);
  await finish(db, running.holder, aFailure());
  await createRecorder(db.controller).record(running.build.id, running.lease, { kind: 'run_failed' });
  await createDispatcher(db.controller).release(running.lease);
  return running;
}

test('a project is untrusted until somebody says otherwise, and the row says who did and when', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  expect(project.trust).toBe('untrusted');

  expect((await setTrust(tenant, project.id, 'trusted')).trust).toBe('trusted');

  const row = await db.controller
    .selectFrom('projects')
    .select(['trust_set_by_user_id', 'trust_set_at'])
    .where('id', '=', project.id)
    .executeTakeFirstOrThrow();
  expect(row).toEqual({ trust_set_by_user_id: tenant.userId, trust_set_at: expect.any(Date) });
});

test('a change that does not name the trust leaves it', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  await setTrust(tenant, project.id, 'trusted');

  const changed = await createProjectStore(db.api).update(tenant, project.id, { ...nothing, name: 'New' });

  expect(changed.trust).toBe('trusted');
});

test('a build runs at the trust of its acceptance, whatever becomes of its project', async () => {
  const { tenant, project, build, lease } = await aRunningBuild(db, { trust: 'trusted' });

  await setTrust(tenant, project.id, 'untrusted');

  const spec = await inTenant(db.api, tenant.tenantId, (tx) => readRunSpec(tx, lease));
  expect(spec.trust).toBe('trusted');
  expect(await trustOf(tenant, build.id)).toBe('trusted');
});

test('the api itself cannot change the trust of a build', async () => {
  const tenant = await aTenant(db);
  const build = await aBuild(db, tenant, (await aProject(db, tenant)).id);

  const raised = inTenant(db.api, tenant.tenantId, (tx) =>
    tx.updateTable('build_configs').set({ trust: 'trusted' }).where('build_id', '=', build.id).execute(),
  );

  await expect(raised).rejects.toThrow(/permission denied|not allowed|denied/i);
  expect(await trustOf(tenant, build.id)).toBe('untrusted');
});

test('a retry has the trust of its own time', async () => {
  const { tenant, project, build } = await aFailedBuild({ trust: 'untrusted' });
  await setTrust(tenant, project.id, 'trusted');

  const again = await retry(tenant, build.id);

  expect(again.build.trust).toBe('trusted');
  expect(await trustOf(tenant, build.id)).toBe('untrusted');
});

test.each<[string, Partial<AcceptBuild>, string]>([
  ['the network of the host', { resources: { network: 'host' } }, 'resources.network'],
  ['kaniko', { method: 'kaniko' }, 'method'],
])('a build with %s is not retried once its project is trusted no more', async (_what, over, field) => {
  const { tenant, project, build } = await aFailedBuild({ ...over, trust: 'trusted' });
  await setTrust(tenant, project.id, 'untrusted');

  await expect(retry(tenant, build.id)).rejects.toMatchObject({
    code: 'trust_required',
    fields: [{ field }],
  });
});

test('a build that names a network waits for a host that says that it gives it', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const build = await aBuild(db, tenant, project.id, { trust: 'trusted', resources: { network: 'host' } });

  const { needs } = await db.controller
    .selectFrom('builds')
    .select('needs')
    .where('id', '=', build.id)
    .executeTakeFirstOrThrow();

  expect(needs).toEqual({ network: 'host' });
});
