import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { execa } from 'execa';
import { ensurePrograms } from '../../../src/embedded/programs.js';
import { provideBaseImage } from '../../../src/embedded/base-image.js';
import { buildkitRoot } from '../../../src/embedded/services/buildkit-root.js';
import { type RunningBuildkit, startBuildkit } from '../../../src/embedded/services/buildkit.js';
import { NO_REGISTRIES } from '../../../src/embedded/services/buildkit-registries.js';
import { type RunningRegistry, startRegistry } from '../../../src/embedded/services/registry.js';
import { buildxEngine } from '../../../src/engines/buildx/engine.js';
import type { LaunchOrder } from '../../../src/engines/buildx/order.js';
import { planBuild } from '../../../src/engines/buildx/plan.js';
import type { BuildxOptions } from '../../../src/engines/buildx/schema.js';
import { compiledSource } from '../../support/compiled-sources.js';
import { stepsOf } from './recordings.js';

let stateFolder: string;
let registry: RunningRegistry;
let buildkit: RunningBuildkit;
let base: string;
let launcher: string;
/** A registry that takes connections and never answers, and one that refuses whatever it is asked. */
let silent: Server;
let refusing: Server;

beforeAll(async () => {
  stateFolder = mkdtempSync(join(tmpdir(), 'kiln-caches-'));
  const programs = await ensurePrograms(['registry', 'buildkitd', 'buildctl', 'runc']);
  registry = await startRegistry({ stateFolder, programs });
  silent = await listen(createServer(() => {}));
  refusing = await listen(createHttpServer((_request, response) => response.writeHead(403).end()));
  buildkit = await startBuildkit({
    stateFolder,
    root: buildkitRoot(stateFolder, 'one'),
    programs,
    registries: { ...NO_REGISTRIES, plainHttp: [registry.address, at(silent), at(refusing)] },
    ownRegistry: registry.address,
    allowedNetworks: ['127.0.0.0/8'],
  });
  base = (await provideBaseImage({ registryUrl: registry.url })).reference;
  launcher = compiledSource('src/engines/buildx/launcher.ts');
}, 900_000);
afterAll(async () => {
  await buildkit?.stop();
  await registry?.stop();
  silent?.close();
  refusing?.close();
  rmSync(stateFolder, { recursive: true, force: true });
});

const at = (server: Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;

async function listen<S extends Server>(server: S): Promise<S> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

let count = 0;
/** Builds as a run does, with a clock of its own for the writing of caches. Gives what the parser made of it. */
async function build(options: Record<string, unknown>, project = 'p1', silentMs = 60_000) {
  const folder = join(stateFolder, 'runs', String(++count));
  const [contextFolder, workFolder] = [join(folder, 'context'), join(folder, 'work')];
  for (const one of [contextFolder, workFolder]) mkdirSync(one, { recursive: true });
  const plan = planBuild(
    {
      buildId: 'b',
      attempt: 1,
      options: buildxEngine.parseOptions(options) as BuildxOptions,
      contextFolder,
      workFolder,
      staging: { repository: `${registry.address}/staging/app`, tag: String(count) },
      secretFiles: {},
      registryConfigFolder: folder,
      judged: { registries: [registry.address, base.split('/')[0]!], sourceHosts: [], images: [] },
      projectId: project,
      storageFolder: join(stateFolder, 'storage', 't1'),
      host: {
        programs: { buildctl: buildkit.buildctlPath },
        buildkitAddress: buildkit.address,
        egressGroupId: null,
        registryMirrors: [],
        insecureRegistries: [],
        registryCertificates: {},
        proxyVariables: {},
        passesProxies: false,
        runNetwork: 'none',
      },
    },
    launcher,
  );
  for (const [file, text] of Object.entries(plan.files)) {
    const isOrder = file.endsWith('order.json');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, isOrder ? withPatience(text, silentMs) : text);
  }
  const [program, ...args] = plan.argv;
  const { exitCode, stderr } = await execa(program, args, { cwd: plan.cwd, env: plan.env, reject: false });
  const parser = buildxEngine.createParser(plan);
  const events = parser.feed(Buffer.from(`${stderr}\n`), 'stderr');
  const outputs = Object.fromEntries(
    plan.outputs.map((file) => [file, existsSync(file) ? readFileSync(file, 'utf8') : null]),
  );
  const verdict = parser.finish({ exitCode: exitCode ?? null, signal: null, outputs }, (text) => text);
  const steps = stepsOf([...events, ...verdict.events]);
  return { verdict, steps, stderr, run: steps.find(({ instructionType }) => instructionType === 'RUN') };
}

function withPatience(text: string, silentMs: number): string {
  const order = JSON.parse(text) as LaunchOrder;
  return JSON.stringify({ ...order, patience: { ...order.patience, silentMs, answerMs: silentMs } });
}

async function forgetAll(): Promise<void> {
  await execa(buildkit.buildctlPath, ['--addr', buildkit.address, 'prune', '--all']);
}

const serves = async (digest: string | null): Promise<boolean> =>
  (
    await fetch(`${registry.url}/v2/staging/app/manifests/${digest ?? 'none'}`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    })
  ).ok;

const dockerfile = (what: string): string => `FROM ${base}\nRUN echo ${what} > /made\n`;

test('a local cache serves later builds of its project, and no other project', async () => {
  const options = {
    dockerfile_inline: dockerfile('local'),
    cache_from: ['type=local,name=main'],
    cache_to: ['type=local,name=main'],
  };
  const first = await build(options);
  expect([first.verdict.failure, first.run?.cached]).toEqual([null, false]);
  await forgetAll();
  const second = await build(options);
  expect([second.verdict.failure, second.run?.cached]).toEqual([null, true]);
  await forgetAll();
  const other = await build(options, 'p2');
  expect([other.verdict.failure, other.run?.cached]).toEqual([null, false]);
});

test('an inline cache is read from the image', async () => {
  const dockerfile_inline = dockerfile('inline');
  const first = await build({ dockerfile_inline, cache_to: 'type=inline' });
  expect(first.verdict.failure).toBeNull();
  await forgetAll();
  const image = `${registry.address}/staging/app:${count}`;
  const second = await build({ dockerfile_inline, cache_from: [image] });
  expect([second.verdict.failure, second.run?.cached]).toEqual([null, true]);
});

test('a registry that refuses the cache does not fail a good image', async () => {
  const { verdict, steps } = await build({
    dockerfile_inline: dockerfile('refused'),
    cache_to: [`${at(refusing)}/cache/app:1`],
  });
  expect([verdict.failure, await serves(verdict.stagedDigest)]).toEqual([null, true]);
  const cache = steps.find(({ name }) => name.startsWith('exporting cache'));
  expect([cache?.status, cache?.errorMessage]).toEqual(['skipped', expect.stringContaining('403')]);
});

test('a registry that takes the cache and never answers does not fail a good image, nor hold it up', async () => {
  const { verdict, steps, stderr } = await build(
    { dockerfile_inline: dockerfile('silent'), cache_to: [`${at(silent)}/cache/app:1`] },
    'p1',
    1_500,
  );
  expect([verdict.failure, await serves(verdict.stagedDigest)]).toEqual([null, true]);
  expect(steps.find(({ name }) => name.startsWith('exporting cache'))?.status).toBe('skipped');
  expect(stderr).toMatch(/^warning: The caches of the build were given up: they were not written in time/m);
  expect(stderr).not.toMatch(/^error:/m);
}, 20_000);

test.each([
  ['read', {}],
  ['read and written', { cache_to: ['SILENT/cache/app:3'] }],
])(
  'a registry that never answers and is to be %s does not keep a build from its image',
  async (_, over) => {
    const options = {
      dockerfile_inline: dockerfile(`silent ${count}`),
      cache_from: ['SILENT/cache/app:3'],
      ...over,
    };
    const named = JSON.parse(JSON.stringify(options).replaceAll('SILENT', at(silent))) as typeof options;
    const { verdict, run, stderr } = await build(named, 'p1', 1_500);
    expect([verdict.failure, run?.cached, await serves(verdict.stagedDigest)]).toEqual([null, false, true]);
    expect(stderr).toMatch(
      /^warning: The cache in the registry 127\.0\.0\.1:\d+ is not read: it has not answered for 1\.5 seconds\.$/m,
    );
  },
  30_000,
);

test('a build that is stopped while it writes caches has its image', async () => {
  const running = build({
    dockerfile_inline: dockerfile('stopped'),
    cache_to: [`${at(silent)}/cache/app:2`],
  });
  await new Promise((resolve) => silent.once('connection', resolve));
  const image = `${registry.url}/v2/staging/app/manifests/${count}`;
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  while (!(await fetch(image, { headers: { accept } })).ok)
    await new Promise((resolve) => setTimeout(resolve, 50));
  // BuildKit tells of it a moment later than the registry.
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (const pid of await pidsOf(`runs/${count}/work`)) process.kill(pid, 'SIGTERM');
  const { verdict } = await running;
  expect([verdict.failure, await serves(verdict.stagedDigest)]).toEqual([null, true]);
}, 20_000);

/** Launcher and buildctl of a run, which a stop reaches as one group. */
async function pidsOf(text: string): Promise<number[]> {
  const { stdout } = await execa('ps', ['-eo', 'pid,args', '-ww']);
  return stdout.split('\n').flatMap((line) => (line.includes(text) ? [Number.parseInt(line, 10)] : []));
}

test('what fails before the image is pushed fails the build, with or without a cache', async () => {
  const { verdict } = await build({
    dockerfile_inline: `FROM ${base}\nRUN exit 3\n`,
    cache_to: ['type=local,name=failed', `${at(silent)}/cache/app:1`],
  });
  expect(verdict.failure).toMatchObject({ code: 'build_step_failed', exitCode: 3 });
  expect(existsSync(join(stateFolder, 'storage/t1/p1/failed'))).toBe(false);
});
