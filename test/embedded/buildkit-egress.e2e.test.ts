import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { execa } from 'execa';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { type RunningBuildkit, startBuildkit } from '../../src/embedded/services/buildkit.js';
import { buildkitRoot } from '../../src/embedded/services/buildkit-root.js';
import { egressOf } from '../../src/embedded/services/egress-firewall.js';
import { NO_REGISTRIES } from '../../src/embedded/services/buildkit-registries.js';
import { type RunningRegistry, startRegistry } from '../../src/embedded/services/registry.js';
import { compiledSource } from '../support/compiled-sources.js';

const ERRORS = /protocol not available|permission denied/;

let stateFolder: string;
let registry: RunningRegistry;
let buildkit: RunningBuildkit;
/** What stands for a service of the platform on the loopback interface. */
let service: Server;
/** A server whose address the operator has permitted. */
let permitted: Server;
const visits: string[] = [];

beforeAll(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'kiln-egress-'));
  const programs = await ensurePrograms(['registry', 'buildkitd', 'buildctl', 'runc']);
  registry = await startRegistry({ stateFolder, programs });
  service = await listen('127.0.0.1', (request, response) => {
    visits.push(request.url ?? '');
    response.end('of the platform');
  });
  permitted = await listen('127.0.0.2', (request, response) => {
    if (request.url !== '/moved') return response.end('permitted');
    response.writeHead(302, { location: `http://${at(service)}/by-redirect` }).end();
  });
  buildkit = await startBuildkit({
    stateFolder,
    root: buildkitRoot(stateFolder, 'one'),
    programs,
    registries: { ...NO_REGISTRIES, plainHttp: [registry.address] },
    ownRegistry: registry.address,
    allowedNetworks: ['127.0.0.2/32'],
  });
}, 900_000);

afterAll(async () => {
  await buildkit.stop();
  await registry.stop();
  for (const server of [service, permitted]) server.close();
  await rm(stateFolder, { recursive: true, force: true });
});

beforeEach(() => void visits.splice(0));

const at = (server: Server): string => {
  const { address, port } = server.address() as AddressInfo;
  return `${address}:${port}`;
};

async function listen(host: string, answer: RequestListener): Promise<Server> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return server;
}

/** Builds without any of Kiln's own checks. Gives what it printed, and the file `/added` of the image. */
async function build(dockerfile: string, ...more: string[]) {
  const context = await mkdtemp(join(stateFolder, 'context-'));
  const output = join(context, 'output');
  await mkdir(output);
  await writeFile(join(context, 'Dockerfile'), dockerfile);
  const sources = ['--local', `context=${context}`, '--local', `dockerfile=${context}`];
  const { all, exitCode } = await execa(
    buildkit.buildctlPath,
    [
      ...['--addr', buildkit.address, 'build', '--progress=plain', '--frontend', 'dockerfile.v0'],
      ...sources,
      ...(more.length > 0 ? more : ['--output', `type=local,dest=${output}`]),
    ],
    { reject: false, all: true },
  );
  const added = await readFile(join(output, 'added'), 'utf8').catch(() => null);
  return { all, exitCode, added };
}

/** An ordinary user has no firewall: then only what Dockerfiles name is judged. */
const isClosed = (): boolean => buildkit.isEgressClosed;

test('as root, with iptables, the builder is kept from closed networks', async () => {
  const hasIptables = (await execa('iptables', ['--version'], { reject: false })).exitCode === 0;

  expect(isClosed()).toBe(process.getuid?.() === 0 && hasIptables);
});

test('a root that may set no firewall rules is told so before anything relies on them', async () => {
  const module = pathToFileURL(compiledSource('src/embedded/services/egress-firewall.ts')).href;
  const program = `process.stdout.write(String(await (await import('${module}')).egressTrouble()))`;
  const without = ['--bounding-set', '-net_admin', '--inh-caps', '-net_admin'];
  const asRoot = process.getuid?.() === 0 ? ['setpriv', ...without] : ['env'];

  const { stdout } = await execa(asRoot[0]!, [
    ...asRoot.slice(1),
    ...[process.execPath, '--input-type=module', '-e', program],
  ]);

  expect(stdout).toMatch(/takes no rules for a group|that needs root/);
});

test.each([
  ['an address', () => `http://${at(service)}/by-address`],
  ['a name', () => `http://localhost:${(service.address() as AddressInfo).port}/by-name`],
  ['a redirect of a permitted host', () => `http://${at(permitted)}/moved`],
  [
    'an address in odd notation',
    () => `http://[::ffff:127.0.0.1]:${(service.address() as AddressInfo).port}/`,
  ],
])('ADD cannot read a port of this machine by %s', async (_by, url) => {
  if (!isClosed()) return;

  const { all, added } = await build(`FROM scratch\nADD ${url()} /added\n`);

  expect({ added, visits }).toEqual({ added: null, visits: [] });
  expect(all).toMatch(ERRORS);
});

test.each([
  ['over http', () => `http://${at(service)}/repository.git`],
  ['by a name', () => `http://localhost:${(service.address() as AddressInfo).port}/repository.git`],
])('ADD cannot ask a git server on this machine %s', async (_how, url) => {
  if (!isClosed()) return;

  const { exitCode } = await build(`FROM scratch\nADD ${url()} /added\n`);

  expect({ exitCode, visits }).toEqual({ exitCode: 1, visits: [] });
});

test('a cache cannot be read from or written to a port of this machine', async () => {
  if (!isClosed()) return;
  const cache = `type=registry,ref=${at(service)}/cache:1,registry.insecure=true`;

  await build('FROM scratch\nCOPY Dockerfile /\n', '--import-cache', cache, '--export-cache', cache);

  expect(visits).toEqual([]);
});

test('a base image cannot come from a port of this machine', async () => {
  if (!isClosed()) return;

  const { exitCode } = await build(`FROM ${at(service)}/base:1\nCOPY Dockerfile /\n`);

  expect({ exitCode, visits }).toEqual({ exitCode: 1, visits: [] });
});

test('what the operator permits is reached, and so is the registry of the installation', async () => {
  const { added } = await build(`FROM scratch\nADD http://${at(permitted)}/ /added\n`);
  const image = `type=image,name=${registry.address}/reached:1,push=true`;
  const { exitCode } = await build('FROM scratch\nCOPY Dockerfile /\n', '--output', image);

  expect({ added, exitCode }).toEqual({ added: 'permitted', exitCode: 0 });
});

test('no rule of the builder stays behind when it is stopped', async () => {
  if (!isClosed()) return;
  const { chain } = egressOf(buildkitRoot(stateFolder, 'one').folder);
  const rules = async () => {
    const listings = await Promise.all(
      ['iptables', 'ip6tables'].map((tool) => execa(tool, ['-w', '10', '-S'], { reject: false })),
    );
    return listings.flatMap(({ stdout }) => stdout.split('\n').filter((line) => line.includes(chain)));
  };
  expect((await rules()).length).toBeGreaterThan(20);

  await buildkit.stop();

  expect(await rules()).toEqual([]);
});
