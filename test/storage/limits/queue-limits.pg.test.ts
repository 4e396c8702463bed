import { sql } from 'kysely';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLimitStore } from '../../../src/storage/limits/limit-store.js';
import { createWeightStore } from '../../../src/storage/limits/tenant-weights.js';
import { QUEUE_LIMIT_NAMES } from '../../../src/domain/dispatch/queue-settings.js';
import type { QueueChange } from '../../../src/domain/dispatch/queue-settings.js';
import type { AcceptBuild } from '../../../src/ports/records.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { aBuild, aProject, aTenant, aWorker } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const git = (branch: string | null) => ({ git: { commit: null, branch, author: null, message: null } });
const set = (tenant: TenantContext, change: QueueChange) =>
  createLimitStore(db.api).change(tenant, null, {}, change);
const grant = () => createDispatcher(db.controller).grantNext();
const show = (tenant: TenantContext, buildId: string) => createBuildStore(db.api).get(tenant, buildId);

/** A tenant with a limit of its queue, a host of its own, and a project. */
async function aLimited(change: QueueChange, slots = 9) {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  await aWorker(db, { tenantId: tenant.tenantId, slots, methods: ['buildx', 'kaniko'] });
  await set(tenant, change);
  const build = (over: Partial<AcceptBuild> = {}) => aBuild(db, tenant, project.id, over);
  return { tenant, project, build };
}

test('a raised limit lets waiting builds start, a lowered one ends nothing and lets none start', async () => {
  const { tenant, build } = await aLimited({ max_concurrent_builds: 1 });
  const ids = [(await build()).id, (await build()).id, (await build()).id];
  const statuses = async () => Promise.all(ids.map(async (id) => (await show(tenant, id)).status));
  await grant();
  expect(await statuses()).toEqual(['in_progress', 'queued', 'queued']);

  await set(tenant, { max_concurrent_builds: 2 });
  await grant();
  expect(await statuses()).toEqual(['in_progress', 'in_progress', 'queued']);

  await set(tenant, { max_concurrent_builds: 0 });
  await grant();
  expect(await statuses()).toEqual(['in_progress', 'in_progress', 'queued']);
});

test('the settings that nobody has set have their defaults, and null takes one back', async () => {
  const tenant = await aTenant(db);
  await set(tenant, { kaniko_max_concurrent: 3, priority_dispatch_enabled: false, on_limit: 'reject' });
  await set(tenant, { kaniko_max_concurrent: null, priority_dispatch_enabled: null, on_limit: null });
  expect(await createLimitStore(db.api).queue(tenant)).toEqual({
    ...Object.fromEntries(QUEUE_LIMIT_NAMES.map((name) => [name, null])),
    ...{ priority_dispatch_enabled: true, on_limit: 'queue', weight: 1 },
  });
});

test('whether priority decides can be changed for builds that wait already', async () => {
  const { tenant, build } = await aLimited({ priority_dispatch_enabled: false }, 1);
  const old = await build();
  const urgent = await build({ priority: 5 });
  await set(tenant, { priority_dispatch_enabled: true });
  await grant();
  expect((await show(tenant, urgent.id)).status).toBe('in_progress');
  expect((await show(tenant, old.id)).status).toBe('queued');
});

test('a queued build says which limit it waits for and which builds hold it, also when it has waited too long', async () => {
  const { tenant, build } = await aLimited({ buildx_max_concurrent: 1 });
  const first = await build();
  await grant();
  const second = await build();

  const reason = `the tenant's limit buildx_max_concurrent (1) is reached: ${first.project}#1 runs`;
  expect((await show(tenant, second.id)).queue_reason).toBe(reason);
  await createRecorder(db.controller).record(second.id, null, { kind: 'queue_timeout' });
  expect((await show(tenant, second.id)).result).toMatchObject({
    status: 'timeout',
    failure_reason: expect.stringContaining(`waited in the queue (${reason}) longer than`) as string,
  });
});

test('with on_limit=reject a build over the limit is refused, with the limit, who holds it and what to do', async () => {
  const { project, build } = await aLimited({ max_concurrent_per_project: 2, on_limit: 'reject' });
  await build();
  await grant();
  await build();

  await expect(build()).rejects.toMatchObject({
    code: 'concurrency_limit_reached',
    message: `The tenant's limit max_concurrent_per_project (2) is reached: held by ${project.slug}#1, ${project.slug}#2 (queued).`,
    fix: `Ask again when one has ended, end one (kiln cancel ${project.slug}#1), raise the limit (kiln limits set max_concurrent_per_project=VALUE), or let builds wait: kiln limits set on_limit=queue.`,
  });
});

test('of builds that are accepted at once no more come through than a limit allows', async () => {
  const { build } = await aLimited({ max_concurrent_builds: 2, on_limit: 'reject' });
  const answers = await Promise.allSettled(Array.from({ length: 6 }, () => build()));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
});

test('with on_limit=supersede older builds of the branch are cancelled, and both records say so', async () => {
  const { tenant, build } = await aLimited({ max_concurrent_builds: 2, on_limit: 'supersede' });
  const running = await build(git('main'));
  await grant();
  const other = await build(git('feature'));
  const newer = await build(git('main'));

  const dispatcher = createDispatcher(db.controller);
  expect(await dispatcher.requestLease(running.id)).toMatchObject({ kind: 'cancelled' });
  expect((await show(tenant, other.id)).cancel_requested_at).toBeNull();
  await createRecorder(db.controller).record(running.id, null, { kind: 'cancelled' });
  expect(await show(tenant, running.id)).toMatchObject({
    status: 'cancelled',
    result: { failure_reason: 'The build was superseded by #3, a newer build of its branch.' },
  });
  const [accepted] = await createBuildStore(db.api).history(tenant, newer.id);
  expect(accepted?.reason).toBe('accepted; supersedes #1');
  const messages = await db.controller
    .selectFrom('outbox')
    .select('message')
    .where('build_id', '=', running.id)
    .execute();
  expect(messages.map(({ message }) => message.kind)).toContain('cancel_build');
});

test('below the limit, and without a known branch, nothing is superseded', async () => {
  const { tenant, build } = await aLimited({ max_concurrent_builds: 2, on_limit: 'supersede' });
  const first = await build(git('main'));
  await build(git('main'));
  await build(git(null));
  expect((await show(tenant, first.id)).cancel_requested_at).toBeNull();
});

test('an operator sees the weights of all tenants and gives them, and nobody else does', async () => {
  const [operator, other] = [await aTenant(db), await aTenant(db)];
  const { slug } = await db.controller
    .selectFrom('tenants')
    .select('slug')
    .where('id', '=', other.tenantId)
    .executeTakeFirstOrThrow();
  const store = createWeightStore(db.api);
  expect(await store.set(operator, slug, 7)).toContainEqual({ tenant: slug, weight: 7 });
  expect(await createLimitStore(db.api).queue(other)).toMatchObject({ weight: 7 });
  expect((await store.list(operator)).length).toBeGreaterThanOrEqual(2);
  await expect(store.set(operator, 'nobody', 2)).rejects.toMatchObject({ code: 'not_found' });

  const asTenant = db.api.transaction().execute(async (tx) => {
    await sql`SELECT set_config('kiln.tenant', ${other.tenantId}, true)`.execute(tx);
    const { rows } =
      await sql`SELECT set_tenant_weight(${slug}, 9) AS found, (SELECT count(*)::int FROM tenant_weights()) AS seen`.execute(
        tx,
      );
    return rows;
  });
  expect(await asTenant).toEqual([{ found: false, seen: 0 }]);
});
