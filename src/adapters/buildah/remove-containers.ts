import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { KilnError } from '../../domain/errors.js';

const TIMEOUT_MS = 15_000;

/**
 * Removes the containers, and the secrets in them, that stopped runs have left in the storages below `folder`, one for each tenant. A
 * storage that a run uses is left for its end. Repeatable; starts nothing where nothing was left.
 */
export async function removeContainers(buildah: string, folder: string): Promise<void> {
  for (const storage of await namesIn(folder)) {
    const root = path.join(folder, storage, 'root');
    const containers = await namesIn(path.join(root, 'overlay-containers'));
    if (!containers.some((name) => /^[0-9a-f]{64}$/.test(name))) continue;
    await run('flock', [
      ...['--exclusive', '--nonblock', '--conflict-exit-code', '0', path.join(folder, storage, 'lock')],
      // Storage mounts itself while it is looked at: not where others see it.
      ...['unshare', '--mount', buildah, '--root', root, '--runroot', path.join(folder, storage, 'run')],
      ...['--storage-driver', 'overlay', 'rm', '--all'],
    ]);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: TIMEOUT_MS }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else
        reject(
          new KilnError('internal', {
            detail: `containers could not be removed: ${stderr || error.message}`,
          }),
        );
    });
  });
}
