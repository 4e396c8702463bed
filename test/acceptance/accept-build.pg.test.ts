import { sql } from 'kysely';
import { acceptBuild, type AskedBuild } from '../../src/acceptance/accept-build.js';
import type { AcceptanceDeps } from '../../src/acceptance/deps.js';
import { NewBuild } from '../../src/contracts/new-build.js';
import type { TenantContext } from '../../src/ports/stores.js';
import { createBuildStore } from '../../src/storage/builds/build-store.js';
import { type Database, openDatabase } from '../../src/storage/database.js';
import { acceptanceOn } from '../support/acceptance.js';
import { aProject, aTenant } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

const inline = NewBuild.parse({ source: { kind: 'inline' }, options: { dockerfile_inline: 'FROM scratch' } });

let db: FreshDatabase;
/** Sessions of the controller that act as the api. */
let acting: Database;
let deps: AcceptanceDeps;
let tenant: TenantContext;
let other: TenantContext;
beforeAll(async () => {
  db = await freshDatabase();
  acting = openDatabase({ url: db.urls.controller, role: 'kiln_api' });
  deps = acceptanceOn(acting);
  tenant = { ...(await aTenant(db)), userId: null };
  other = await aTenant(db);
});
afterAll(async () => {
  await acting.destroy();
  await db.close();
});

const asked = (project: string, over: Partial<AskedBuild> = {}): AskedBuild => ({
  project,
  body: inline,
  trigger: { type: 'schedule', source: 'nightly' },
  idempotency: null,
  ...over,
});

it('accepts a build that nobody has asked for, with what started it', async () => {
  const project = await aProject(db, tenant);

  const { build, created } = await acceptBuild(deps, tenant, asked(project.id));

  expect(created).toBe(true);
  expect(build).toMatchObject({
    ...{ project: project.slug, status: 'queued', trigger_type: 'schedule', trigger_source: 'nightly' },
  });
  expect(await createBuildStore(db.api).history(tenant, build.id)).toMatchObject([
    { to_status: 'queued', changed_by_system: true },
  ]);
});

it("does not find another tenant's project in the controller's own sessions", async () => {
  const foreign = await aProject(db, other);

  for (const project of [foreign.id, foreign.slug])
    await expect(acceptBuild(deps, tenant, asked(project))).rejects.toMatchObject({ code: 'not_found' });

  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM builds WHERE project_id = ${foreign.id}`.execute(db.admin);
  expect(rows).toEqual([{ n: 0 }]);
});

it('gives the first build for a key, though what its request is made from has changed since', async () => {
  const project = await aProject(db, tenant);
  const idempotency = { key: 'schedule nightly', request: '2026-03-01T02:00:00Z' };
  const first = await acceptBuild(deps, tenant, asked(project.id, { idempotency }));
  const changed = NewBuild.parse({ ...inline, priority: 7 });

  const again = await Promise.all(
    Array.from({ length: 5 }, () =>
      acceptBuild(deps, tenant, asked(project.id, { body: changed, idempotency })),
    ),
  );

  expect(again.map(({ build, created }) => [build.id, created])).toEqual(
    again.map(() => [first.build.id, false]),
  );
  await expect(
    acceptBuild(deps, tenant, asked(project.id, { idempotency: { ...idempotency, request: 'another' } })),
  ).rejects.toMatchObject({ code: 'idempotency_key_reused' });
});

it('gives the controller the rights of the api only where it becomes the api', async () => {
  const { rows } = await sql<{ member: boolean; inherits: boolean }>`
    SELECT pg_has_role('kiln_controller', 'kiln_api', 'MEMBER') AS member,
           pg_has_role('kiln_controller', 'kiln_api', 'USAGE') AS inherits`.execute(db.admin);
  expect(rows).toEqual([{ member: true, inherits: false }]);

  const who = (one: Database) => sql<{ who: string }>`SELECT current_user AS who`.execute(one);
  expect((await who(acting)).rows).toEqual([{ who: 'kiln_api' }]);
  expect((await who(db.controller)).rows).toEqual([{ who: 'kiln_controller' }]);
});

it('keeps settings that the address gives to sessions, and opens none that cannot become the role', async () => {
  const address = new URL(db.urls.controller);
  address.searchParams.set('options', '-c statement_timeout=4321');
  const set = openDatabase({ url: address.toString(), role: 'kiln_api' });
  const { rows } = await sql<{ who: string; bound: string }>`
    SELECT current_user AS who, current_setting('statement_timeout') AS bound`.execute(set);
  await set.destroy();
  expect(rows).toEqual([{ who: 'kiln_api', bound: '4321ms' }]);

  const barred = openDatabase({ url: db.urls.api, role: 'kiln_owner' as 'kiln_api' });
  await expect(sql`SELECT 1`.execute(barred)).rejects.toThrow('permission denied to set role');
  await barred.destroy();
});
