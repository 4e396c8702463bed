import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { shellExitCode } from '../output/exit-code.js';
import { isLauncherEnding, runLauncher } from '../runc/run-launcher.js';
import { takeOrder } from '../runc/take-order.js';
import { IMAGE_ID, INSIDE, ULIMITS, type LaunchOrder, type LaunchRecord, type Phase } from './order.js';
import { layerBytes } from './layer-bytes.js';
import { hasLeftContainers } from './left-containers.js';
import { serveNarrowing } from './narrow-steps.js';
import { runtimeScript } from './step-runtime.js';

/*
 * Program: `node launcher.js [order.json]` (take-order.ts), the first process of a process namespace: when it ends the kernel ends all
 * others. Every line on stdout is a record with its time, since two streams and a clock cannot be put in order afterwards.
 */
const HOST_FOLDER = '/var/lib/containers';

let hiding: Promise<void> | null = null;
const order = await takeOrder<LaunchOrder>(() => void hideHostFolder());

const { lockFile } = order.storage;
// It starts nothing when it ends: who stops a run asks every process of it to end, also those that would clean up.
await runLauncher(launch);

async function launch(): Promise<number> {
  const { storage } = order;
  for (const folder of ['root', 'run', 'cache-mounts'])
    mkdirSync(path.join(storage.folder, folder), { recursive: true, mode: 0o700 });
  mkdirSync(storage.temporaryFolder, { recursive: true });
  // Only who has got inside of the folders around them comes this far.
  for (const folder of [
    storage.temporaryFolder,
    ...['', 'root', 'run'].map((name) => path.join(storage.folder, name)),
  ])
    chmodSync(folder, 0o711);
  const pipes = { asked: `${order.runtime.file}.asked`, answered: `${order.runtime.file}.answered` };
  const narrowing = serveNarrowing(pipes);
  await hideHostFolder();
  await Promise.all([mount(INSIDE.storage, '--bind', storage.folder), mountTemporary()]);
  if (hasLeftContainers(storage.folder)) await alone(storage.sweep);
  if (layerBytes(storage.folder) > storage.maxBytes) await alone(storage.clear);
  await Promise.all([holdStorage(), narrowing]);
  writeFileSync(order.runtime.file, runtimeScript(order.runtime.runc, pipes), { mode: 0o700 });
  for (const { from, to } of order.certificates) {
    mkdirSync(path.dirname(to), { recursive: true });
    copyFileSync(from, to);
  }
  for (const phase of order.phases) {
    const exitCode = await run(phase);
    if (exitCode !== 0 || isLauncherEnding()) return exitCode;
  }
  return 0;
}

/** buildah keeps what it knows of blobs of all storages in one place that no setting changes: here it is empty, and gone with the run. */
function hideHostFolder(): Promise<void> {
  return (hiding ??= mount(HOST_FOLDER, '-t', 'tmpfs', '-o', 'mode=711', 'tmpfs'));
}

async function mountTemporary(): Promise<void> {
  const { folder, temporaryFolder } = order.storage;
  await mount(INSIDE.temporary, '--bind', temporaryFolder);
  // buildah keeps cache mounts in its folder for temporary files, by this name.
  const cacheMounts = path.join(INSIDE.temporary, `buildah-cache-${process.getuid?.() ?? 0}`);
  await mount(cacheMounts, '--bind', path.join(folder, 'cache-mounts'));
}

/** Mounts in the namespace of this process, so that it is gone with it. */
async function mount(folder: string, ...what: string[]): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [exitCode] = (await once(spawn('mount', [...what, folder], { stdio: 'inherit' }), 'close')) as [
    number,
  ];
  if (exitCode !== 0) process.exit(1);
}

/** Runs it if no run uses the storage; whether it did is of no account to this one. */
async function alone(argv: readonly string[]): Promise<void> {
  await once(spawn('flock', ['--exclusive', '--nonblock', lockFile, ...argv], { stdio: 'ignore' }), 'close');
}

/** Keeps others from sweeping the storage for as long as this process lives. */
async function holdStorage(): Promise<void> {
  const holder = spawn('flock', ['--shared', lockFile, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  holder.stdin.write('held');
  await once(holder.stdout, 'data');
}

async function run(phase: Phase): Promise<number> {
  tell({ at: Date.now(), begin: phase.name, image: phase.image });
  const [file = '', ...args] = phase.argv.flatMap((word) => filledIn(word, phase));
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: phase.env,
  });
  child.stdout.on('data', (bytes: Buffer) => tell({ at: Date.now(), out: encoded(bytes) }));
  child.stderr.on('data', (bytes: Buffer) => tell({ at: Date.now(), err: encoded(bytes) }));
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null];
  tell({ at: Date.now(), end: phase.name, exitCode, signal });
  return shellExitCode(exitCode, signal);
}

function filledIn(word: string, { imageIdFile }: Phase): string[] {
  if (word === ULIMITS) return ownLimits();
  if (word !== IMAGE_ID || imageIdFile === null) return [word];
  return [readFileSync(imageIdFile, 'utf8').trim()];
}

/** What this process may have open and start, for the steps too: buildah's own wishes are refused where the host gives less. */
function ownLimits(): string[] {
  const table = readFileSync('/proc/self/limits', 'utf8');
  return Object.entries({ nofile: 'Max open files', nproc: 'Max processes' }).flatMap(([name, title]) => {
    const [, soft, hard] = new RegExp(`^${title} +(\\d+) +(\\d+)`, 'm').exec(table) ?? [];
    return soft === undefined ? [] : ['--ulimit', `${name}=${soft}:${hard}`];
  });
}

function tell(record: LaunchRecord): void {
  writeSync(1, `${JSON.stringify(record)}\n`);
}

function encoded(bytes: Buffer): string {
  return bytes.toString('base64');
}
