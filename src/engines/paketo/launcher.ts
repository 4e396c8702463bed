import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { awaitedLater } from '../../domain/awaited-later.js';
import { parseReference, printRepository } from '../../domain/images/reference.js';
import { materialImage, pinnedNames } from '../../domain/images/used-images.js';
import { registryOf } from '../../domain/images/registry-host.js';
import { containerConfig } from '../runc/container-config.js';
import { isLauncherEnding, runLauncher } from '../runc/run-launcher.js';
import { takeOrder } from '../runc/take-order.js';
import { openGateAhead, openWays } from '../runc/serve-ways.js';
import { chooseRunImage, readBuilder, type Builder } from './builder-image.js';
import { provideRoot, type BuilderRoot } from './builder-root.js';
import { orderFile } from './buildpack-order.js';
import { labelImage, locateImage, type LocatedImage } from './crane.js';
import { createEgressProxy } from './egress-proxy.js';
import { Fault } from './fault.js';
import { gatherCertificates, makeFolders, registryCredentials } from './folders.js';
import { keepCache, openCache } from './layer-cache.js';
import { EGRESS, PHASES, type LaunchOrder, type LaunchRecord } from './order.js';
import { phaseContainer, type PhaseInput } from './phase-container.js';
import { endOf, runProgram } from './run-program.js';

/*
 * Program: `node launcher.js [order.json]` (take-order.ts), the first process of a process namespace: when it ends the kernel ends all
 * others. Every line on stdout is a record with its time; its own words go to stderr.
 */
type Phase = (typeof PHASES)[number];

const order = await takeOrder<LaunchOrder>(openGateAhead);
const at = (...names: string[]): string => path.join(order.workFolder, ...names);
/** The phase that runs: its container, and where its root is mounted. */
let running: { readonly container: string; readonly root: string } | null = null;
/** Roots of phases that are over: taken away while the next one runs. */
const clearing: Promise<void>[] = [];
// The user of the builder is another: it has to read what is made for it, in folders that it cannot reach but in its containers.
process.umask(0o022);
await runLauncher(() => launch().catch(told), removeAll);

async function launch(): Promise<number> {
  mkdirSync(at('runc'), { recursive: true, mode: 0o700 });
  const network = awaitedLater(openNetwork());
  gatherCertificates(order);
  tell({ at: Date.now(), begin: 'builder', subject: order.builder });
  const located = await locateImage(order, order.builder);
  const root = await provideRoot(order, located);
  const builder = builderOf(root);
  const [runImage, cache, , ...roots] = await Promise.all([
    runImageOf(builder),
    openCache(order, builder),
    makeFolders(order, builder),
    ...PHASES.map((phase) => mountRoot(phase, root.folder)),
  ]);
  if (order.buildpacks.length > 0)
    writeFileSync(at('plan/order.toml'), orderFile(order.buildpacks, root.folder), { mode: 0o644 });
  const images = [
    materialImage(order.builder, located.digest) ?? [],
    materialImage(runImage.name, runImage.digest) ?? [],
  ].flat();
  const pinned = pinnedNames([order.builder, runImage.name]);
  tell({
    ...{ at: Date.now(), end: 'builder', exitCode: 0, cached: root.isKept, digest: located.digest },
    images: images.map((image, index) => ({
      ...image,
      ...(index > 0 && { isBase: true }),
      ...(pinned.includes(image.reference) && { isPinned: true as const }),
    })),
  });
  const input: PhaseInput = {
    ...{ order, builder, runImage: runImage.reference },
    hasOwnOrder: order.buildpacks.length > 0,
    hasCache: cache !== null,
    previousImage: cache?.previousImage ?? null,
    credentials: registryCredentials(order),
    networkPath: await network,
  };
  for (const [index, phase] of PHASES.entries()) {
    const code = await run(phase, input, roots[index] ?? '');
    if (code !== 0 || isLauncherEnding()) return code;
  }
  const digest = /^\s*digest = "(sha256:[0-9a-f]{64})"$/m.exec(
    readFileSync(at('report/report.toml'), 'utf8'),
  )?.[1];
  if (digest === undefined) throw new Fault('engine_failed', 'The lifecycle reported no digest.');
  const image = await labelImage(order, {
    reference: `${printRepository(parseReference(order.target))}@${digest}`,
    digest,
  });
  if (cache !== null) await keepCache(order, builder, cache, image.reference);
  writeFileSync(at('digest'), image.digest);
  return 0;
}

async function openNetwork(): Promise<string | null> {
  if (order.network !== 'bridge') return null;
  const proxy = createEgressProxy();
  return openWays([EGRESS], at('ways.sock'), (_way, socket) => void proxy.emit('connection', socket));
}

function builderOf({ config }: BuilderRoot): Builder {
  const builder = readBuilder(config);
  if (typeof builder !== 'string') return builder;
  throw new Fault('builder_invalid', `${order.builder} is no builder: ${builder}.`);
}

/** Where the run image lies, by digest. What a builder names itself has to be on a registry of the build: no other was judged. */
async function runImageOf(builder: Builder): Promise<LocatedImage & { readonly name: string }> {
  const image = order.runImage ?? chooseRunImage(builder, registryOf(order.target) ?? '', order.registries);
  if (image !== null) return { ...(await locateImage(order, image)), name: image };
  const named = builder.runImages.flat().join(', ');
  throw new Fault(
    'host_not_allowed',
    named === ''
      ? 'The builder names no run image: name one with "run_image".'
      : `The builder names a run image on another registry: ${named}. Allow that by naming it with "run_image".`,
  );
}

async function run(phase: Phase, input: PhaseInput, root: string): Promise<number> {
  tell({ at: Date.now(), begin: phase, subject: phase === 'export' ? order.target : '' });
  const bundle = at('phases', phase);
  writeFileSync(
    path.join(bundle, 'config.json'),
    JSON.stringify(containerConfig(phaseContainer(phase, input, root))),
    { mode: 0o600 },
  );
  const container = `${order.id}-${phase}`;
  running = { container, root };
  const child = runc('pipe', 'run', '--bundle', bundle, container);
  child.stdout?.on('data', (data: Buffer) => tell({ at: Date.now(), out: data.toString('base64') }));
  child.stderr?.on('data', (data: Buffer) => tell({ at: Date.now(), err: data.toString('base64') }));
  const exitCode = await endOf(child);
  // It names what opens registries.
  rmSync(path.join(bundle, 'config.json'), { force: true });
  running = null;
  clearing.push(clear(root));
  tell({ at: Date.now(), end: phase, exitCode });
  return exitCode;
}

/** Each phase sees the builder as it was fetched: what one has changed is gone with it. */
async function mountRoot(phase: Phase, lower: string): Promise<string> {
  const folder = (name: string): string => at('phases', phase, name);
  for (const name of ['upper', 'work', 'root']) mkdirSync(folder(name), { recursive: true, mode: 0o755 });
  const layers = `lowerdir=${lower},upperdir=${folder('upper')},workdir=${folder('work')}`;
  const mounted = await runProgram(['mount', '-t', 'overlay', '-o', layers, 'overlay', folder('root')]);
  if (mounted.exitCode === 0) return folder('root');
  throw new Fault(
    'engine_failed',
    `The file system of the build host takes no overlay: ${mounted.stderr.trim()}. Put KILN_STATE_DIR on another one.`,
  );
}

function told(error: unknown): number {
  const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC';
  const fault = isFull ? new Fault('disk_full', 'The disk of the build host is full.') : error;
  if (isLauncherEnding()) return 1;
  if (!(fault instanceof Fault)) throw error;
  const said = fault.said === '' ? {} : { said: fault.said };
  tell({ at: Date.now(), fault: fault.code, message: fault.message, ...said });
  return 1;
}

async function removeAll(): Promise<void> {
  if (running !== null) {
    await endOf(runc('ignore', 'delete', '--force', running.container));
    clearing.push(clear(running.root));
  }
  await Promise.all(clearing);
  for (const name of ['runc', 'platform', 'cache']) rmSync(at(name), { recursive: true, force: true });
}

/** Takes the root away before its folder: what is mounted is not to be removed. It goes with this process where that fails. */
async function clear(root: string): Promise<void> {
  const { exitCode } = await runProgram(['umount', '--lazy', root]);
  if (exitCode === 0) rmSync(path.dirname(root), { recursive: true, force: true });
}

function runc(output: 'pipe' | 'ignore', ...args: string[]): ChildProcess {
  return spawn(order.programs.runc, ['--root', at('runc'), ...args], { stdio: ['ignore', output, output] });
}

function tell(record: LaunchRecord): void {
  writeSync(1, `${JSON.stringify(record)}\n`);
}
