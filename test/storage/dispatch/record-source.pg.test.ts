import type { GitSource } from '../../../src/contracts/builds.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { aGrantedBuild, aRunningBuild } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const SOURCE: GitSource = {
  ...{ kind: 'git', url: 'https://git.example.com/app', ref: 'main', folder: 'sub' },
  ...{ submodules: true, lfs: false, depth: null },
};
const GIT = { commit: 'a'.repeat(40), branch: 'main', author: 'Ada \u0000', message: 'A change' };

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const shown = async ({ tenant, build }: Awaited<ReturnType<typeof aRunningBuild>>) =>
  createBuildStore(db.api).get(tenant, build.id);

test('a git source reaches the supervisor as it was asked for, without a commit', async () => {
  const { worker, lease } = await aGrantedBuild(db, { source: SOURCE });
  const { run } = await createLeaseGate(db.api).acknowledge(worker.workerId, lease.leaseId, lease.fence);
  expect(run).toMatchObject({ source: SOURCE, git_commit: null, context: null });
});

test('the commit is recorded once, and later takers of the lease learn it', async () => {
  const running = await aRunningBuild(db, { source: SOURCE });
  const gate = createLeaseGate(db.api);
  await gate.recordSource(running.holder, running.lease.fence, GIT);
  await gate.recordSource(running.holder, running.lease.fence, GIT);
  expect(await shown(running)).toMatchObject({
    ...{ git_commit: GIT.commit, branch: 'main', author: 'Ada \ufffd', message: 'A change' },
  });
  const { leaseId, fence } = running.lease;
  const { run } = await gate.acknowledge(running.worker.workerId, leaseId, fence);
  expect(run.git_commit).toBe(GIT.commit);
});

test('another commit is a conflict', async () => {
  const running = await aRunningBuild(db, { source: SOURCE });
  const gate = createLeaseGate(db.api);
  await gate.recordSource(running.holder, running.lease.fence, GIT);
  const other = { ...GIT, commit: 'b'.repeat(40) };
  await expect(gate.recordSource(running.holder, running.lease.fence, other)).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(await shown(running)).toMatchObject({ git_commit: GIT.commit });
});

test('nothing is recorded under an old fence, nor for a source that is no repository', async () => {
  const running = await aRunningBuild(db, { source: SOURCE });
  const gate = createLeaseGate(db.api);
  const { fence } = running.lease;
  await expect(gate.recordSource(running.holder, fence + 1, GIT)).rejects.toMatchObject({
    code: 'stale_fence',
  });
  expect(await shown(running)).toMatchObject({ git_commit: null });
  const inline = await aRunningBuild(db);
  await expect(gate.recordSource(inline.holder, inline.lease.fence, GIT)).rejects.toMatchObject({
    code: 'conflict',
  });
});
