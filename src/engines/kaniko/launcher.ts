import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { runtimeConfig } from './bundle.js';
import { runLauncher } from '../runc/run-launcher.js';
import { takeOrder } from '../runc/take-order.js';
import { openGateAhead, openWays, pass } from '../runc/serve-ways.js';
import { shellExitCode } from '../output/exit-code.js';
import { INSIDE, type LaunchOrder, type OutputRecord } from './order.js';
import { hostsFile } from '../runc/ways.js';

/*
 * Program: `node launcher.js [order.json]` (take-order.ts), the first process of a process namespace: when it ends the kernel ends all
 * others. Its stdout is one record a line, its own words go to stderr.
 */
/** What Docker Hub is called in a file of credentials. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

const order = await takeOrder<LaunchOrder>(openGateAhead);
const at = (name: string): string => path.join(order.workFolder, name);
const folders = {
  bundle: at('bundle'),
  root: at('bundle/rootfs'),
  runtime: at('runc'),
  socket: at('ways.sock'),
};

await runLauncher(launch, removeAll);

async function launch(): Promise<number> {
  const network = openNetwork();
  makeRoot();
  writeFileSync(
    path.join(folders.bundle, 'config.json'),
    JSON.stringify(runtimeConfig(order, folders.root, await network)),
  );
  const child = runc('pipe', 'run', '--bundle', folders.bundle, order.id);
  child.stdout?.on('data', tell);
  child.stderr?.on('data', tell);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return shellExitCode(code, signal);
}

async function openNetwork(): Promise<string | null> {
  if (order.ways === null) return null;
  writeFileSync(at('hosts'), hostsFile(order.ways), { mode: 0o644 });
  return openWays(order.ways, folders.socket, ({ host, port }, socket) => pass(socket, connect(port, host)));
}

function makeRoot(): void {
  for (const folder of [INSIDE.context, INSIDE.output, 'root', 'etc', 'tmp', 'proc', 'dev'])
    mkdirSync(path.join(folders.root, folder), { recursive: true, mode: 0o755 });
  mkdirSync(at('out'), { recursive: true });
  mkdirSync(folders.runtime, { recursive: true, mode: 0o700 });
  writeFileSync(path.join(folders.root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(path.join(folders.root, 'etc/group'), 'root:x:0:\n');
  writeFileSync(path.join(folders.root, 'etc/nsswitch.conf'), 'hosts: files dns\n');
  writeInside(INSIDE.registryConfig, credentials());
  for (const { from, to } of order.copies) {
    if (!existsSync(from)) continue;
    writeInside(to, readFileSync(from));
  }
}

function writeInside(place: string, content: string | Buffer): void {
  const file = path.join(folders.root, place);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, content, { mode: 0o600 });
}

/** RUN steps can read what is given to the executor, so it is no more than it needs. */
function credentials(): string {
  const { file, registries } = order.credentials;
  const all = JSON.parse(readFileSync(file, 'utf8')) as { auths: Record<string, unknown> };
  const kept = Object.entries(all.auths).filter(([name]) =>
    registries.includes(name === DOCKER_HUB ? 'docker.io' : name),
  );
  return JSON.stringify({ auths: Object.fromEntries(kept) });
}

/** A container that ends by itself takes itself away. */
async function removeAll(isStopped: boolean): Promise<void> {
  if (isStopped) await once(runc('ignore', 'delete', '--force', order.id), 'close');
  rmSync(folders.bundle, { recursive: true, force: true });
  rmSync(folders.runtime, { recursive: true, force: true });
}

function runc(output: 'pipe' | 'ignore', ...args: string[]): ChildProcess {
  return spawn(order.programs.runc, ['--root', folders.runtime, ...args], {
    stdio: ['ignore', output, output],
  });
}

function tell(data: Buffer): void {
  const record: OutputRecord = { at: Date.now(), data: data.toString('base64') };
  writeSync(1, `${JSON.stringify(record)}\n`);
}
