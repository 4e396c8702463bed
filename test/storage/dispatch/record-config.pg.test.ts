import { parseBuildFile } from '../../../src/adapters/build-file/parse-build-file.js';
import { recordConfig } from '../../../src/api/handlers/supervisor/record-config.js';
import type { RunSpec } from '../../../src/ports/dispatch.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { aRunningBuild } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const SOURCE = {
  kind: 'git',
  url: 'https://git.example/app.git',
  ref: null,
  folder: null,
  submodules: false,
  lfs: false,
  depth: null,
} as const;

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const aGitBuild = () =>
  aRunningBuild(db, {
    source: SOURCE,
    options: { target_stage: 'mine' },
    settingLayers: { request: { target_stage: 'mine' }, project: { timeout_seconds: 900 } },
  });

async function settle(
  running: Awaited<ReturnType<typeof aGitBuild>>,
  yaml: string,
  fence = running.lease.fence,
) {
  const handler = recordConfig({ leases: createLeaseGate(db.api) });
  const body = { fence, build_file: parseBuildFile(`version: 1\n${yaml}`, 'kiln.yaml') };
  const reply = await handler({ caller: running.holder, body } as never);
  return reply.body as RunSpec;
}

test('the build file of a git source settles what the request leaves open, once and for later attempts', async () => {
  const running = await aGitBuild();
  const text = `target: theirs\ncontext: app\nargs: { A: "1" }\ntimeout: 30s\ndestinations: ["${running.project.imageRepository}:main"]`;

  const run = await settle(running, text);
  const again = await settle(running, text);

  expect(again).toEqual(run);
  expect(run.options).toMatchObject({ target_stage: 'mine', build_context: 'app', build_args: { A: '1' } });
  expect(run.build_file).toBeNull();
  const config = await createBuildStore(db.api).config(running.tenant, running.build.id);
  expect(config).toMatchObject({
    destinations: [`${running.project.imageRepository}:main`],
    buildTimeoutMs: 30_000,
    buildFile: 'kiln.yaml',
  });
});

test.each([
  ['destinations: [elsewhere.example/app]', 'destination_not_allowed'],
  ['cache: { to: elsewhere.example/app }', 'destination_not_allowed'],
  ['method: kaniko', 'method_not_offered'],
])('a build file may not say %s', async (text, code) => {
  await expect(settle(await aGitBuild(), text)).rejects.toMatchObject({ code });
});

test('an older fence and a source that is no repository change nothing', async () => {
  const running = await aGitBuild();
  await expect(settle(running, 'target: x', running.lease.fence + 1)).rejects.toMatchObject({
    code: 'stale_fence',
  });
  await expect(settle(await aRunningBuild(db), 'target: x')).rejects.toMatchObject({ code: 'conflict' });
});
