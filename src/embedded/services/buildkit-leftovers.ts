import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../programs/run-command.js';

/**
 * Ends what a killed BuildKit leaves: the processes of its RUN steps, which runc put into sessions of their own, and
 * the mounts under its folder. Call it only while no BuildKit runs on the folder.
 */
export async function endRunsOfBuildkit(folder: string, runcPath: string): Promise<void> {
  const root = join(folder, 'root');
  for (const worker of await readdir(root).catch(() => [])) {
    const executor = join(root, worker, 'executor');
    for (const id of await foldersIn(executor)) {
      await runCommand(runcPath, ['delete', '--force', id], { timeoutMs: 15_000 });
      await unmountUnder(join(executor, id));
      await rm(join(executor, id), { recursive: true, force: true });
    }
    // BuildKit itself cleans its network namespaces, which it finds by their mounts, when it starts.
    if (worker !== 'net') await unmountUnder(join(root, worker));
  }
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function unmountUnder(folder: string): Promise<void> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const points = table.split('\n').map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '));
  const inside = points
    .filter((point) => point.startsWith(`${folder}/`))
    .sort((left, right) => right.length - left.length);
  for (const point of inside) await runCommand('umount', [point], { timeoutMs: 15_000 });
}
