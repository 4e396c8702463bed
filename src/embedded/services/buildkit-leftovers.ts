import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../programs/run-command.js';

/**
 * Ends what a killed BuildKit leaves: the processes of its RUN steps, which runc put into sessions of their own, and
 * the mounts under its folder. Call it only while no BuildKit runs on the folder.
 */
export async function endRunsOfBuildkit(folder: string, runcPath: string): Promise<void> {
  const root = join(folder, 'root');
  for (const run of await foldersOfRuns(root)) {
    await runCommand(runcPath, ['delete', '--force', run.id], { timeoutMs: 15_000 });
    await unmountUnder(run.path);
    await rm(run.path, { recursive: true, force: true });
  }
  await unmountUnder(root);
}

/** A run has a bundle for runc in `<root>/<worker>/executor/<id>`. */
async function foldersOfRuns(root: string): Promise<{ id: string; path: string }[]> {
  const runs: { id: string; path: string }[] = [];
  for (const worker of await readdir(root).catch(() => [])) {
    const executor = join(root, worker, 'executor');
    const entries = await readdir(executor, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isDirectory()) runs.push({ id: entry.name, path: join(executor, entry.name) });
    }
  }
  return runs;
}

async function unmountUnder(folder: string): Promise<void> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const points = table.split('\n').map((line) => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '));
  const inside = points
    .filter((point) => point.startsWith(`${folder}/`))
    .sort((left, right) => right.length - left.length);
  for (const point of inside) await runCommand('umount', [point], { timeoutMs: 15_000 });
}
