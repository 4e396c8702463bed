import type { BuildFilter } from '../../../src/ports/records.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { aBuild, aProject, aTenant } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

/** Ids of the builds that are like that, newest first. */
async function found(tenant: TenantContext, filter: Partial<BuildFilter>): Promise<string[]> {
  const all: BuildFilter = {
    ...{
      projectId: null,
      number: null,
      status: null,
      gateStatus: null,
      branch: null,
      method: null,
      commit: null,
    },
    ...{ limit: 100, cursor: null },
  };
  const page = await createBuildStore(db.api).list(tenant, { ...all, ...filter });
  return page.items.map(({ id }) => id);
}

test('a build is found by its number in its project', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  await aBuild(db, tenant, project.id);
  const second = await aBuild(db, tenant, project.id);

  expect(await found(tenant, { projectId: project.id, number: 2 })).toEqual([second.id]);
});

test('builds are found by branch, by method, and by a commit or its beginning', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const of = (commit: string, branch: string) => ({ git: { commit, branch, author: null, message: null } });
  const commits = ['abc1230', 'abc1239', 'abc2000'].map((start) => start.padEnd(40, 'f'));
  const [first, second, third] = [
    await aBuild(db, tenant, project.id, of(commits[0]!, 'main')),
    await aBuild(db, tenant, project.id, { ...of(commits[1]!, 'next'), method: 'container' }),
    await aBuild(db, tenant, project.id, of(commits[2]!, 'main')),
  ];

  expect(await found(tenant, { branch: 'main' })).toEqual([third.id, first.id]);
  expect(await found(tenant, { method: 'container' })).toEqual([second.id]);
  expect(await found(tenant, { commit: 'abc123' })).toEqual([second.id, first.id]);
  expect(await found(tenant, { commit: commits[2]! })).toEqual([third.id]);
  expect(await found(tenant, { commit: 'abc124' })).toEqual([]);
});
