import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { aBuild, aGrantedBuild, aProject, aTenant, aWorker } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

/** A dispatcher that writes down for whom it rings. */
function aRinger() {
  const rung: string[] = [];
  const dispatcher = createDispatcher(db.controller, { ring: (buildIds) => rung.push(...buildIds) });
  return { dispatcher, rung };
}

test('a build whose workflow is just asking is not rung for: it hears of its grant by the answer', async () => {
  const { tenant, project } = await aGrantedBuild(db);
  const { dispatcher, rung } = aRinger();
  const asking = await aBuild(db, tenant, project.id);

  const answers = await Promise.all([dispatcher.grantNext(), dispatcher.requestLease(asking.id)]);

  expect(answers[1]).toMatchObject({ kind: 'granted' });
  expect(rung).toEqual([]);
});

test('a build whose workflow was told to wait before the grant is rung for', async () => {
  const tenant = await aTenant(db);
  const build = await aBuild(db, tenant, (await aProject(db, tenant)).id);
  const { dispatcher, rung } = aRinger();
  const answering = dispatcher.requestLease(build.id);
  expect(await answering).toMatchObject({ kind: 'waiting' });
  await aWorker(db, { tenantId: tenant.tenantId });

  await dispatcher.grantNext();
  // Whether somebody asks is looked up first.
  await new Promise((resolve) => setImmediate(resolve));

  expect(rung).toEqual([build.id]);
});
