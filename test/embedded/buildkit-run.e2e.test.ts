import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { execa } from 'execa';
import { provideBaseImage } from '../../src/embedded/base-image.js';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { type RunningBuildkit, startBuildkit } from '../../src/embedded/services/buildkit.js';
import { buildkitRoot } from '../../src/embedded/services/buildkit-root.js';
import { NO_REGISTRIES } from '../../src/embedded/services/buildkit-registries.js';
import { ensureBridgePlugins, runNetworks } from '../../src/embedded/services/run-network.js';
import { readServiceRecord } from '../../src/embedded/services/service-record.js';
import { type RunningRegistry, startRegistry } from '../../src/embedded/services/registry.js';

let stateFolder: string;
let registry: RunningRegistry;
let buildkit: RunningBuildkit;
let base: string;

beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'kiln-run-'));
  registry = await startRegistry({ stateFolder, programs: await ensurePrograms(['registry']) });
  buildkit = await startTheBuildkit();
  base = (await provideBaseImage({ registryUrl: registry.url })).reference;
}, 900_000);

afterEach(async () => {
  // The first may have started without the second.
  await registry.stop();
  await buildkit.stop();
  await rm(stateFolder, { recursive: true, force: true });
});

async function startTheBuildkit(): Promise<RunningBuildkit> {
  const programs = await ensurePrograms(['buildkitd', 'buildctl', 'runc']);
  const cni = await ensureBridgePlugins({});
  return startBuildkit({
    stateFolder,
    root: buildkitRoot(stateFolder, 'one'),
    programs: { ...programs, ...(cni && { cni }) },
    registries: { ...NO_REGISTRIES, plainHttp: [registry.address] },
    ownRegistry: registry.address,
  });
}

function buildArguments(context: string, ...more: string[]): string[] {
  const sources = ['--local', `context=${context}`, '--local', `dockerfile=${context}`];
  const bases = ['--opt', `build-arg:BASE=${base}`];
  return ['--addr', buildkit.address, 'build', '--frontend', 'dockerfile.v0', ...sources, ...bases, ...more];
}

test('the hello example builds without a network and lands in the registry', async () => {
  const image = `name=${registry.address}/hello:1,push=true`;

  await execa(
    buildkit.buildctlPath,
    buildArguments('examples/hello', '--opt', 'force-network-mode=none', '--output', `type=image,${image}`),
  );

  const manifest = await fetch(`${registry.url}/v2/hello/manifests/1`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  expect(manifest.status).toBe(200);
}, 120_000);

test('a RUN step that a kill -9 of BuildKit leaves behind is ended at the next start', async () => {
  const context = join(stateFolder, 'context');
  const marker = `sleep 98${process.pid}`;
  await mkdir(context);
  await writeFile(join(context, 'Dockerfile'), `ARG BASE\nFROM \${BASE}\nRUN ${marker}\n`);
  const build = spawn(buildkit.buildctlPath, buildArguments(context), { stdio: 'ignore' });
  await until(async () => (await processesRunning(marker)) > 0);
  process.kill(buildkit.pid, 'SIGKILL');
  await buildkit.exited;
  // Under rootlesskit they end with BuildKit, for they are in its process namespace.
  if (!buildkit.isRootless) expect(await processesRunning(marker)).toBeGreaterThan(0);

  buildkit = await startTheBuildkit();

  expect(await processesRunning(marker)).toBe(0);
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  expect(mounts).not.toContain(`${stateFolder}/buildkit/one/root/runc-overlayfs/executor`);
  build.kill();
}, 120_000);

test('where RUN steps have a network of their own they do not reach the ports of this machine', async () => {
  const context = join(stateFolder, 'context');
  const port = registry.ports.http;
  await mkdir(context);
  await writeFile(
    join(context, 'Dockerfile'),
    `ARG BASE\nFROM \${BASE}\nRUN ! nc -w 2 127.0.0.1 ${port} < /dev/null\n`,
  );

  const build = await execa(buildkit.buildctlPath, buildArguments(context), { reject: false });

  expect(build.exitCode).toBe(buildkit.network === 'bridge' ? 0 : 1);
}, 120_000);

test('RUN steps do not reach what listens on every address of this machine by way of their gateway', async () => {
  if (buildkit.network !== 'bridge') return;
  const context = join(stateFolder, 'context');
  const visitors: (string | undefined)[] = [];
  const listener = createServer((socket) => visitors.push(socket.end('here').remoteAddress));
  await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve));
  const { port } = listener.address() as AddressInfo;
  await mkdir(context);
  await writeFile(
    join(context, 'Dockerfile'),
    [
      'ARG BASE',
      'FROM ${BASE}',
      "RUN gateway=$(ip route | awk '/^default/ {print $3}') \\",
      ` && test -n "$gateway" && echo "gateway $gateway" && ! nc -w 2 "$gateway" ${port} < /dev/null`,
    ].join('\n'),
  );

  const build = await execa(buildkit.buildctlPath, buildArguments(context, '--progress=plain'), {
    reject: false,
    all: true,
  });

  listener.close();
  expect(build.all).toMatch(/gateway 10\.\d+\.\d+\.1/);
  expect(visitors).toEqual([]);
  expect(build.exitCode).toBe(0);
}, 120_000);

test('no firewall rule stays behind when BuildKit is stopped', async () => {
  if (buildkit.network !== 'bridge') return;
  expect(await rulesOfBridges()).toHaveLength(6);

  await buildkit.stop();

  expect(await rulesOfBridges()).toEqual([]);
});

test('a restart that cannot have the network of the first start fails instead of taking another', async () => {
  await buildkit.stop();
  const programs = await ensurePrograms(['buildkitd', 'buildctl', 'runc']);

  const restart = startBuildkit({
    stateFolder,
    root: buildkitRoot(stateFolder, 'one'),
    programs,
    network: 'bridge',
  });

  await expect(restart).rejects.toMatchObject({ code: 'service_start_failed' });
  expect((await readServiceRecord(stateFolder, 'buildkit-one'))?.process).toBeUndefined();
}, 120_000);

/** The rules that keep this test's bridge closed. */
async function rulesOfBridges(): Promise<string[]> {
  const [bridge] = await runNetworks(buildkitRoot(stateFolder, 'one').folder, await ensureBridgePlugins({}));
  if (bridge.mode !== 'bridge') return [];
  const listings = await Promise.all(
    ['iptables', 'ip6tables'].map((tool) => execa(tool, ['-w', '10', '-t', 'mangle', '-S'])),
  );
  return listings.flatMap(({ stdout }) =>
    stdout.split('\n').filter((line) => line.includes(`"kiln ${bridge.name}" -j DROP`)),
  );
}

/** Counts the programs `sleep N` of RUN steps; the build tool itself does not show the marker in its arguments. */
async function processesRunning(marker: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.replaceAll('\0', ' ').includes(marker)).length;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new RangeError('it did not happen within 20 s');
}
