import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createProjectStore } from '../../../src/storage/identity/project-store.js';
import { aBuild, aProject, aRunningBuild, anOutcome, aTenant, finish } from '../../support/builds.js';
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

test('a change leaves what it does not name, and the next build goes where the project says', async () => {
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const store = createProjectStore(db.api);

  await store.update(tenant, project.slug, {
    ...nothing,
    destinations: ['a.example/app', 'b.example/app:1'],
  });
  const changed = await store.update(tenant, project.id, { ...nothing, name: 'New name' });

  expect(changed).toMatchObject({
    name: 'New name',
    imageRepository: project.imageRepository,
    destinations: ['a.example/app', 'b.example/app:1'],
  });
  const build = await aBuild(db, tenant, project.id);
  expect(build.destinations).toEqual(['a.example/app:1', 'a.example/app:latest', 'b.example/app:1']);
});

test('a build keeps its staging where it was when its project moves to another repository', async () => {
  const { tenant, project, build, lease, holder } = await aRunningBuild(db);
  await createProjectStore(db.api).update(tenant, project.id, {
    ...nothing,
    imageRepository: 'new.example/app',
  });
  await finish(db, holder, anOutcome({ result: 'cancelled', image: null }));
  await createRecorder(db.controller).record(build.id, lease, { kind: 'cancelled' });

  const left = await createDispatcher(db.controller).stagingLeft(build.id);

  expect(left[0]?.stagingRepository).toBe(`${project.imageRepository}-staging`);
});

test('a project of another tenant is not found', async () => {
  const project = await aProject(db, await aTenant(db));
  const other = await aTenant(db);
  await expect(
    createProjectStore(db.api).update(other, project.id, { ...nothing, name: 'Mine' }),
  ).rejects.toMatchObject({ code: 'not_found' });
});
