import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { awaitedLater } from '../../domain/awaited-later.js';
import { shellExitCode } from '../output/exit-code.js';
import { containerConfig } from '../runc/container-config.js';
import { isLauncherEnding, runLauncher } from '../runc/run-launcher.js';
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
const rootAt = (name: string): string => path.join(at('roots'), name);
/**
 * A folder of this run: the roots are mounted here, seen by nobody but this process and what it starts, since folders above their own are
 * closed to others.
 */
const PLACE = path.join('/run', order.id);
const access = new PhaseAccess(order);
const networks = new Map<Phase, Promise<PhaseNetwork>>();
/** What checks the template is in a root of its own, so that it runs beside the pulls, whose root and credentials it does not see. */
const checks = order.phases.filter(({ root }) => root === 'checks');
const pulls = order.phases.filter(({ name }) => name === 'pull' || name === 'tag');
const builds = order.phases.filter(({ name }) => name === 'build');
const pushes = order.phases.filter(({ root }) => root === 'fresh');
let libraries: readonly string[] = [];
let imageId = '';
/** Variables that were given values and that `packer validate` did not find in the template. */
let undeclared: readonly string[] = [];

await runLauncher(launch, async (isStopped) => {
  if (isStopped) await removeContainers();
  spawnSync('umount', ['--lazy', PLACE], { stdio: 'ignore' });
  await clearEntry(order.ledgerFile);
});

async function launch(): Promise<number> {
  await openEntry(order.ledgerFile, { controlGroup: order.controlGroup, folder: PLACE });
  openAhead([...pulls, ...builds][0]);
  await makeRoots();
  const [whatIsChecked, whatIsBuilt] = [toBeTold(), toBeTold()];
  let checked: number | undefined;
  const checking = check(whatIsChecked.tell).then((code) => (checked = code));
  // Whoever leaves before they are over, leaves them to the end of this process.
  checking.catch(() => {});
  const pulled = await inTurn(pulls, tell, builds[0]);
  if (pulled !== 0) return pulled;
  // Without a network it changes nothing but its own root, so that it need not wait for what the checks find.
  const isClosed = builds.every(({ hasHostNetwork }) => !hasHostNetwork);
  const goesAhead = isClosed && (checked ?? 0) === 0;
  const building = goesAhead ? inTurn(builds, whatIsBuilt.tell, pushes[0]) : null;
  building?.catch(() => {});
  const fault = await checking;
  whatIsChecked.tellAll();
  if (fault !== 0) return fault;
  whatIsBuilt.tellAll();
  const built = await (building ?? inTurn(builds, tell, pushes[0]));
  if (built !== 0) return built;
  if (!isImageLeft()) {
    tell({ at: Date.now(), stop: 'no-image' });
    return 1;
  }
  dropRoots();
  return inTurn(pushes, tell);
}

/** Keeps what is told until what comes before it has been. */
function toBeTold(): { readonly tell: Tell; readonly tellAll: () => void } {
  let kept: LaunchRecord[] | null = [];
  return {
    tell: (record) => void (kept === null ? tell(record) : kept.push(record)),
    tellAll: () => {
      kept?.forEach(tell);
      kept = null;
    },
  };
}

/** One phase after the other, up to the first that fails; `next` is the one that comes after them. */
async function inTurn(phases: readonly Phase[], tell: Tell, next?: Phase): Promise<number> {
  for (const [index, phase] of phases.entries()) {
    openAhead(phases[index + 1] ?? next);
    const code = await run(phase, tell);
    if (code !== 0) return code;
  }
  return 0;
}

async function check(tell: Tell): Promise<number> {
  if (wantsDocker(order.templatePath)) {
    tell({ at: Date.now(), stop: 'docker' });
    return 1;
  }
  for (const phase of checks) {
    const code = await run(phase, tell);
    if (code !== 0) {
      await locate(phase, tell);
      return code;
    }
  }
  if (undeclared.length === 0) return 0;
  tell({ at: Date.now(), stop: 'undeclared', variables: undeclared });
  return 1;
}

/** Begun a phase ahead, since it takes as long as many a phase. What goes wrong is raised to the phase that waits for it. */
function openAhead(phase: Phase | undefined): void {
  if (phase === undefined) return;
  networks.set(phase, awaitedLater(access.open(phase)));
}

/** Packer tells the line of an error and no column. */
async function locate(failed: Phase, tell: Tell): Promise<void> {
  if (isLauncherEnding() || !existsSync(locatorBeside(order.programs.packer))) return;
  await run({ ...failed, name: 'locate', args: ['/usr/bin/hcl-errors', failed.args.at(-1) ?? '.'] }, tell);
}

async function makeRoots(): Promise<void> {
  const { users, programs, contextFolder } = order;
  const registries = readFileSync(at('registries.conf'), 'utf8');
  // Programs that take a while, beside the mounts.
  const telling = awaitedLater(
    Promise.all([toolsOf(programs.busybox), librariesOf([programs.buildah, programs.packer])]),
  );
  mkdirSync(PLACE, { recursive: true, mode: 0o755 });
  mkdirSync(rootAt(''), { recursive: true });
  chmodSync(rootAt(''), 0o711);
  await mount('--bind', rootAt(''), PLACE);
  const [tools, needed] = await telling;
  libraries = needed;
  for (const name of ['template', 'checks', 'fresh']) {
    makeRoot(rootAt(name), registries);
    if (name === 'template') addShell(rootAt(name), programs.busybox, tools);
    if (name !== 'fresh') access.writeValues(rootAt(name));
    giveTo(users.firstId, rootAt(name));
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

/** What the template ran in is in nobody's way, and has many files: gone beside the push, it need not be waited for at the end. */
function dropRoots(): void {
  const roots = ['template', 'checks'].map(rootAt);
  spawn(order.programs.busybox, ['rm', '-rf', ...roots], { stdio: 'ignore' }).on('error', () => {});
}

async function run(phase: Phase, tell: Tell): Promise<number> {
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
  const child = runc('pipe', 'run', '--bundle', bundle, idOf(phase));
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

/** Of the two containers that there may be at a time. */
function idOf({ root }: Phase): string {
  return root === 'checks' ? `${order.id}-checks` : order.id;
}

/** The containers of phases that did not end by themselves. */
async function removeContainers(): Promise<void> {
  const ids = new Set(order.phases.map(idOf));
  await Promise.all([...ids].map((id) => once(runc('ignore', 'delete', '--force', id), 'close')));
  rmSync(at('runc'), { recursive: true, force: true });
}

function runc(output: 'pipe' | 'ignore', ...args: string[]): ChildProcess {
  return spawn(order.programs.runc, ['--root', at('runc'), ...args], { stdio: ['ignore', output, output] });
}

type Tell = (record: LaunchRecord) => void;

function tell(record: LaunchRecord): void {
  writeSync(1, `${JSON.stringify(record)}\n`);
}
