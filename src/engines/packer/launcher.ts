import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { awaitedLater } from '../../domain/awaited-later.js';
import { shellExitCode } from '../output/exit-code.js';
import { containerConfig } from '../runc/container-config.js';
import { runLauncher } from '../runc/run-launcher.js';
import { openGateAhead } from '../runc/serve-ways.js';
import { takeOrder } from '../runc/take-order.js';
import { containerOf, type PhaseNetwork } from './container.js';
import { undeclaredIn } from './diagnostics.js';
import { clearEntry, openEntry } from './ledger.js';
import { addShell, giveTo, librariesOf, makeRoot, toolsOf } from './make-root.js';
import { IMAGE_ID, locatorBeside, type LaunchOrder, type LaunchRecord, type Phase } from './order.js';
import { PhaseAccess } from './phase-access.js';
import { wantsDocker } from './wants-docker.js';

/*
 * Program: `node launcher.js [order.json]` (take-order.ts), the first process of a process namespace: when it ends the kernel ends all
 * others. Every line on stdout is a record with its time.
 */
const MAX_VALIDATED_CHARS = 256 * 1024;

const order = await takeOrder<LaunchOrder>(openGateAhead);
const at = (name: string): string => path.join(order.workFolder, name);
/**
 * A folder of this run: the roots are mounted here, seen by nobody but this process and what it starts, since folders above their own are
 * closed to others.
 */
const PLACE = path.join('/run', order.id);
const access = new PhaseAccess(order);
const networks = new Map<Phase, Promise<PhaseNetwork>>();
let libraries: readonly string[] = [];
let imageId = '';
/** Variables that were given values and that `packer validate` did not find in the template. */
let undeclared: readonly string[] = [];

await runLauncher(launch, async (isStopped) => {
  if (isStopped) await removeContainer();
  spawnSync('umount', ['--lazy', PLACE], { stdio: 'ignore' });
  await clearEntry(order.ledgerFile);
});

async function launch(): Promise<number> {
  await openEntry(order.ledgerFile, { controlGroup: order.controlGroup, folder: PLACE });
  openAhead(order.phases[0]);
  await makeRoots();
  for (const [index, phase] of order.phases.entries()) {
    if (phase.name === 'init' && wantsDocker(order.templatePath)) return stop('docker');
    if (phase.name === 'read' && !isImageLeft()) return stop('no-image');
    openAhead(order.phases[index + 1]);
    const code = await run(phase);
    if (code === 0 && undeclared.length > 0) {
      tell({ at: Date.now(), stop: 'undeclared', variables: undeclared });
      return 1;
    }
    if (code === 0) continue;
    await locate(phase);
    return code;
  }
  return 0;
}

/** Begun a phase ahead, since it takes as long as many a phase. What goes wrong is raised to the phase that waits for it. */
function openAhead(phase: Phase | undefined): void {
  if (phase === undefined) return;
  networks.set(phase, awaitedLater(access.open(phase)));
}

/** Packer tells the line of an error and no column. */
async function locate(failed: Phase): Promise<void> {
  const isOfTemplate = failed.name === 'init' || failed.name === 'validate';
  if (!isOfTemplate || !existsSync(locatorBeside(order.programs.packer))) return;
  await run({ ...failed, name: 'locate', args: ['/usr/bin/hcl-errors', failed.args.at(-1) ?? '.'] });
}

async function makeRoots(): Promise<void> {
  const { users, programs, contextFolder } = order;
  const registries = readFileSync(at('registries.conf'), 'utf8');
  // Programs that take a while, beside the mounts.
  const telling = awaitedLater(
    Promise.all([toolsOf(programs.busybox), librariesOf([programs.buildah, programs.packer])]),
  );
  mkdirSync(PLACE, { recursive: true, mode: 0o755 });
  await mount('-t', 'tmpfs', '-o', 'mode=0711', 'tmpfs', PLACE);
  const [tools, needed] = await telling;
  libraries = needed;
  for (const name of ['template', 'fresh']) {
    makeRoot(at(name), registries);
    if (name === 'template') {
      addShell(at(name), programs.busybox, tools);
      access.writeValues(at(name));
    }
    giveTo(users.firstId, at(name));
    mkdirSync(path.join(PLACE, name));
    await mount('--bind', at(name), path.join(PLACE, name));
  }
  for (const name of ['out', 'pushed']) {
    mkdirSync(at(name), { recursive: true, mode: 0o755 });
    giveTo(users.firstId, at(name));
  }
  giveTo(users.firstId, contextFolder);
  mkdirSync(at('runc'), { recursive: true, mode: 0o700 });
}

/** Mounts in the namespace of this process, so that it is gone with it. */
async function mount(...args: string[]): Promise<void> {
  const [code] = (await once(spawn('mount', args, { stdio: 'inherit' }), 'close')) as [number];
  if (code !== 0) process.exit(1);
}

/** An index of an OCI layout; what else is in it is looked at inside only. */
function isImageLeft(): boolean {
  const isThere = (name: string, kind: 'isFile' | 'isDirectory'): boolean =>
    lstatSync(at(name), { throwIfNoEntry: false })?.[kind]() ?? false;
  return isThere('out/image', 'isDirectory') && isThere('out/image/index.json', 'isFile');
}

function stop(why: 'no-image' | 'docker'): number {
  tell({ at: Date.now(), stop: why });
  return 1;
}

async function run(phase: Phase): Promise<number> {
  tell({ at: Date.now(), begin: phase.name, image: phase.image });
  const bundle = at(`bundle-${phase.name}`);
  mkdirSync(bundle, { recursive: true, mode: 0o700 });
  const filledIn = { ...phase, args: phase.args.map((word) => (word === IMAGE_ID ? imageId : word)) };
  const container = containerOf(order, filledIn, {
    root: path.join(PLACE, phase.root),
    libraries,
    network: await (networks.get(phase) ?? access.open(phase)),
  });
  writeFileSync(path.join(bundle, 'config.json'), JSON.stringify(containerConfig(container)));
  const child = runc('pipe', 'run', '--bundle', bundle, order.id);
  let printed = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    if (phase.name === 'read') printed = (printed + bytes.toString()).slice(-4096);
    if (phase.name === 'validate') printed = (printed + bytes.toString()).slice(0, MAX_VALIDATED_CHARS);
    tell({ at: Date.now(), out: bytes.toString('base64') });
  });
  child.stderr?.on('data', (bytes: Buffer) => tell({ at: Date.now(), err: bytes.toString('base64') }));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (phase.name === 'validate') undeclared = undeclaredIn(printed);
  if (phase.name === 'read') imageId = /[0-9a-f]{64}/.exec(printed)?.[0] ?? '';
  tell({ at: Date.now(), end: phase.name, exitCode: code, signal });
  return shellExitCode(code, signal);
}

/** The container of a phase that did not end by itself. */
async function removeContainer(): Promise<void> {
  await once(runc('ignore', 'delete', '--force', order.id), 'close');
  rmSync(at('runc'), { recursive: true, force: true });
}

function runc(output: 'pipe' | 'ignore', ...args: string[]): ChildProcess {
  return spawn(order.programs.runc, ['--root', at('runc'), ...args], { stdio: ['ignore', output, output] });
}

function tell(record: LaunchRecord): void {
  writeSync(1, `${JSON.stringify(record)}\n`);
}
