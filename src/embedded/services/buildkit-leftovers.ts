import { existsSync } from 'node:fs';
import { readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../programs/run-command.js';
import { egressOf, openEgress } from './egress-firewall.js';
import { removeBridge } from './remove-bridge.js';
import { bridgeName } from './run-network.js';

/** Is there from before a start until everything that it led to is cleared. */
const OPENED = 'opened';

/** Notes on the disk that a BuildKit of this root may leave something from now on. */
export async function markOpened(rootFolder: string): Promise<void> {
  await writeFile(join(rootFolder, OPENED), '');
}

/** Whether a BuildKit of this root runs, or was killed and not cleared since. */
export function wasOpened(rootFolder: string): boolean {
  return existsSync(join(rootFolder, OPENED));
}

/**
 * Takes away what a BuildKit leaves that was killed or stopped in the middle of a RUN step: the processes of RUN steps, which runc
 * put into sessions of their own, every mount under its folder (network namespaces are mounts too) and, as root, the bridge
 * and the firewall rules. Call it only while no BuildKit runs on the root. Repeatable.
 */
export async function clearBuildkit(rootFolder: string, runcPath: string): Promise<void> {
  const folder = await realpath(rootFolder).catch(() => null);
  if (folder !== null) {
    const root = join(folder, 'root');
    const executors = (await foldersIn(root)).map((worker) => join(root, worker, 'executor'));
    for (const executor of executors) await endRuns(executor, runcPath);
    const isBare = await unmountUnder(folder);
    const bundles = await Promise.all(
      executors.map(async (executor) => (await foldersIn(executor)).map((id) => join(executor, id))),
    );
    // BuildKit takes a file of a namespace for a namespace, so those go with their mounts. What is mounted still is not walked into.
    for (const path of isBare ? [...bundles.flat(), join(root, 'net', 'cni')] : [])
      await rm(path, { recursive: true, force: true });
  }
  if (process.getuid?.() === 0) {
    await removeBridge(bridgeName(rootFolder));
    await openEgress(egressOf(rootFolder));
  }
  await rm(join(rootFolder, OPENED), { force: true });
}

async function endRuns(executor: string, runcPath: string): Promise<void> {
  for (const id of await foldersIn(executor))
    await runCommand(runcPath, ['delete', '--force', id], { timeoutMs: 15_000 });
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** Gives whether nothing is mounted there any more. */
async function unmountUnder(folder: string): Promise<boolean> {
  for (const point of await mountsUnder(folder)) {
    const { code } = await runCommand('umount', [point], { timeoutMs: 15_000 });
    // Something looks into it still: it goes from the tree now, and wholly when that lets go.
    if (code !== 0) await runCommand('umount', ['--lazy', point], { timeoutMs: 15_000 });
  }
  return (await mountsUnder(folder)).length === 0;
}

/** The deepest first. */
async function mountsUnder(folder: string): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return table
    .split('\n')
    .map((line) => unescapePath(line.split(' ')[4] ?? ''))
    .filter((point) => point.startsWith(`${folder}/`))
    .sort((left, right) => right.length - left.length);
}

// The kernel writes blanks, tabs, line feeds and backslashes as three octal digits.
function unescapePath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_match, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
