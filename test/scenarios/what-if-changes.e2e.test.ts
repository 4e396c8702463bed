import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import type { WhatIfReport } from '../../src/cli/views/what-if-report.js';
import type { Build } from '../../src/contracts/builds.js';
import { GitHttpServer } from '../support/git-http-server.js';
import { Repository } from '../support/git-repository.js';
import { hasEnded, runKiln, startKiln, type TestKiln } from './kiln.js';

/** A platform for which this machine neither is nor has an emulator. */
const FOREIGN = process.arch === 'riscv64' ? 'linux/ppc64le' : 'linux/riscv64';

const aPackage = (name: string, version: string): string =>
  `P:${name}\nV:${version}\nA:x86_64\nS:1\nI:1\nT:a library\nL:MIT\no:${name}\n\n`;

const folder = mkdtempSync(path.join(tmpdir(), 'kiln-what-if-'));
const http = new GitHttpServer(folder);
const registry = createImageRegistry();
let kiln: TestKiln;
let recorded: Build;
/** Images of two other builds, each with its own name in the file /which. */
let one: string;
let two: string;
beforeAll(async () => {
  await http.start();
  const settings = { KILN_ALLOWED_NETWORKS: '127.0.0.0/8', KILN_INSECURE_GIT_HOSTS: http.host };
  kiln = await startKiln(settings, undefined, ['--methods', 'buildx']);
  const bases = await Promise.all(
    ['one', 'two'].map((name) =>
      published(name, {
        source: { kind: 'inline' },
        options: { dockerfile_inline: `FROM ${kiln.baseImage}\nRUN echo ${name} > /which` },
      }),
    ),
  );
  [one, two] = bases.map(({ destinations: [tag] }) => tag) as [string, string];
  const repository = new Repository(path.join(folder, 'app.git'));
  const commit = repository.commit({
    Dockerfile: [
      `FROM scratch AS files`,
      `COPY greeting /greeting`,
      `FROM ${one} AS slim`,
      `ARG RELEASE=1`,
      `COPY installed-$RELEASE /lib/apk/db/installed`,
      `RUN --mount=from=${two},target=/two echo "on $(cat /which) with $(cat /two/which), release $RELEASE" && sleep 2`,
      `FROM slim AS full`,
      `RUN dd if=/dev/urandom of=/ballast bs=1k count=2000`,
      ``,
    ].join('\n'),
    greeting: 'hello\n',
    'installed-1': aPackage('musl', '1.2.4-r0') + aPackage('zlib', '1.3-r0'),
    'installed-2': aPackage('musl', '1.2.5-r0') + aPackage('busybox', '1.36-r0'),
  });
  recorded = await published('app', { source: { kind: 'git', url: `${http.url}/app.git`, ref: 'main' } });
  expect(recorded).toMatchObject({ git_commit: commit, branch: 'main' });
  // A what-if builds the recorded commit, whatever its branch has become.
  repository.commit({ Dockerfile: 'FROM nothing-like-that\n' });
}, 600_000);
afterAll(async () => {
  await http.stop();
  await kiln.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

async function published(project: string, request: object): Promise<Build> {
  await kiln.json('POST', '/v1/projects', { slug: project });
  const { id } = await kiln.json<Build>('POST', `/v1/projects/${project}/builds`, request);
  const build = await kiln.until(id, (now) => hasEnded(now) && now.log_complete, 120_000);
  expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
  return build;
}

const typed = (...args: string[]) =>
  runKiln(args, { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token });

/** The comparison that `kiln what-if app#1` prints for a program, with these options. */
async function whatIf(...options: string[]): Promise<WhatIfReport> {
  const ran = await typed('what-if', 'app#1', ...options, '--json', '--progress', 'none');
  expect([ran.code, ran.code === 0 ? '' : ran.stdout + ran.stderr]).toEqual([0, '']);
  return JSON.parse(ran.stdout) as WhatIfReport;
}

/** The registry has what it had before, and once the what-ifs have been looked into nothing of them. */
async function expectUnpublished(...builds: readonly Build[]): Promise<void> {
  const repository = `${kiln.access.registry}/app`;
  for (const { id } of builds) {
    const now = await kiln.until(id, ({ result }) => result.cleanup_status === 'completed');
    expect(now).toMatchObject({ destinations: [], publish_began_at: null, branch: null });
    expect(await registry.head(repository, now.result.output_image_digest!)).toBeNull();
  }
  const tags = (await registry.tags(repository)).filter((tag) => !tag.startsWith('sha256-'));
  expect(tags.sort()).toEqual(['1', 'latest']);
  for (const tag of tags)
    expect((await registry.head(repository, tag))!.digest).toBe(recorded.result.output_image_digest);
  expect(await registry.tags(`${repository}-staging`)).toEqual([]);
}

test('another argument of a git build shows the packages that come and go, side by side', async () => {
  const ran = await typed('what-if', 'app#1', '--arg', 'RELEASE=2', '--progress', 'none');
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  expect(ran.stdout).toContain('app#2 is app#1 with another value of RELEASE. It is not published.');
  for (const line of [
    /^Packages\n\+ busybox {2}1\.36-r0\n~ musl {2}1\.2\.4-r0 -> 1\.2\.5-r0\n- zlib {2}1\.3-r0$/m,
    /^ {2}packages +2 +2$/m,
    /^ {2}layers +(\d+) +\1$/m,
    /^ {2}compressed +[\d.]+ MB +[\d.]+ MB/m,
    /^ {2}unpacked +[\d.]+ MB +[\d.]+ MB/m,
    /^ {2}in all +[\d.]+s +[\d.]+s/m,
    /^ {2}publication +[\d.]+s +-$/m,
    /^ {2}\[slim 3\/3\] RUN .*[\d.]+s +[\d.]+s/m,
    /^Layers\n/m,
  ])
    expect(ran.stdout).toMatch(line);
  const { items } = await kiln.json<{ items: Build[] }>('GET', '/v1/builds?project=app&number=2');
  const [build] = items as [Build];
  expect(build).toMatchObject({ git_commit: recorded.git_commit, what_if: { changes: {} } });
  expect(await kiln.log(build.id)).toContain('on one with two, release 2');
  await expectUnpublished(build);
}, 180_000);

test('another stage has fewer layers and is smaller', async () => {
  const { changes, before, after, difference } = await whatIf('--target', 'slim');
  expect(changes).toEqual({ target_stage: 'slim' });
  expect(before.metrics.total_layers).toBe(after.metrics.total_layers! + 1);
  const { before: full, after: slim } = difference;
  expect(full.compressed_size_bytes! - slim.compressed_size_bytes!).toBeGreaterThan(1_900_000);
  expect(difference.packages).toEqual([]);
  await expectUnpublished(after.build);
}, 180_000);

test('two images that are exchanged are each taken once in the place of the other', async () => {
  const { after } = await whatIf('--base', `${one}=${two}`, '--base', `${two}=${one}`);
  expect(await kiln.log(after.build.id)).toContain('on two with one, release 1');
  await expectUnpublished(after.build);
}, 180_000);

test('the build made once more, without a cache, is compared with the build without a cache', async () => {
  const { before, after } = await whatIf('--again', '--no-cache');
  expect(before.build).toMatchObject({ what_if: { of_build_id: recorded.id, changes: {} } });
  expect(after.build).toMatchObject({ what_if: { of_build_id: recorded.id, changes: { no_cache: true } } });
  const ran = (steps: WhatIfReport['after']['steps']) =>
    steps.filter((step) => step.instruction_type === 'RUN' && !step.cached).length;
  expect([ran(before.steps), ran(after.steps)]).toEqual([0, 2]);
  expect(after.build.result.build_execution_milliseconds! - 1_000).toBeGreaterThan(
    before.build.result.build_execution_milliseconds!,
  );
  await expectUnpublished(after.build);
}, 180_000);

test('another platform is built where nothing runs, and refused with the way out where something would', async () => {
  const { after, difference } = await whatIf('--platform', FOREIGN, '--target', 'files');
  expect(difference.after.platform).toBe(FOREIGN);
  await expectUnpublished(after.build);
  const ran = await typed('what-if', 'app#1', '--platform', FOREIGN, '--progress', 'plain');
  expect(ran.code).toBe(1);
  expect(ran.stdout + ran.stderr).toContain(`RUN at line 6 is for ${FOREIGN}`);
  expect(ran.stdout + ran.stderr).toMatch(/--platform=\$BUILDPLATFORM[^]*qemu-user-static/);
  const { items } = await kiln.json<{ items: Build[] }>('GET', '/v1/builds?project=app&status=failed');
  expect(items).toMatchObject([{ what_if: { changes: { platforms: [FOREIGN] } } }]);
}, 180_000);

test('what is left of all that is in order', async () => {
  expect(await typed('verify', '--state', kiln.stateFolder)).toMatchObject({ code: 0 });
}, 60_000);
