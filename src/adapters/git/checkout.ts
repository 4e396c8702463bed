import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { KilnError, toKilnError } from '../../domain/errors.js';
import type { RecordedSource } from '../../ports/dispatch.js';
import type { ResolvedRef } from './resolve-ref.js';
import type { GitServer } from './server.js';

interface Checkout {
  readonly gitFolder: string;
  readonly commit: string;
  readonly signal: AbortSignal;
}

/** Writes the files of a commit into a new or empty folder. No hook, filter or other program runs. */
export async function checkout(server: GitServer, what: Checkout & { treeFolder: string }): Promise<void> {
  const { gitFolder, treeFolder, commit, signal } = what;
  await mkdir(treeFolder, { recursive: true, mode: 0o755 });
  const places = [`--git-dir=${gitFolder}`, `--work-tree=${treeFolder}`];
  const call = { cwd: treeFolder, signal };
  try {
    await server.git([...places, 'read-tree', commit], call);
    await server.git([...places, 'checkout-index', '--all', '--force', '--quiet', '--index'], call);
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toKilnError(thrown);
    if (error.code === 'disk_full') throw error;
    throw new KilnError('git_unsafe', {
      message: `The files of the commit could not be written. ${error.message}`,
      ...(error.detail === undefined ? {} : { detail: error.detail }),
      cause: thrown,
    });
  }
}

/**
 * Leaves the repository in the checkout as `.git`: at its commit, on its branch or tag where it has one, without hooks and
 * with nothing in its configuration but where it came from.
 */
export async function keepHistory(
  server: GitServer,
  what: Checkout & { treeFolder: string; wanted: ResolvedRef },
): Promise<void> {
  const { gitFolder, treeFolder, commit, wanted, signal } = what;
  const call = { cwd: gitFolder, signal };
  const refName = wanted.refName?.startsWith('refs/') === true ? wanted.refName : null;
  if (refName !== null) await server.git(['update-ref', refName, commit], call);
  if (refName?.startsWith('refs/heads/') === true) await server.git(['symbolic-ref', 'HEAD', refName], call);
  else await server.git(['update-ref', '--no-deref', 'HEAD', commit], call);
  await server.git(['config', '--file', 'config', 'core.bare', 'false'], call);
  await server.git(['config', '--file', 'config', 'remote.origin.url', server.remote.url], call);
  await rename(gitFolder, path.join(treeFolder, '.git'));
}

const LIMITS = { author: 255, message: 4096 };

/** Author and subject of a commit. */
export async function readCommit(
  server: GitServer,
  { gitFolder, commit, signal }: Checkout,
): Promise<Pick<RecordedSource, 'author' | 'message'>> {
  const format = '--format=%an%x00%s';
  const args = [
    `--git-dir=${gitFolder}`,
    'log',
    '-1',
    '--no-show-signature',
    '--encoding=UTF-8',
    format,
    commit,
  ];
  const { stdout } = await server.git(args, { cwd: gitFolder, signal });
  const [author = '', message = ''] = stdout.toString('utf8').trimEnd().split('\0');
  return {
    author: author === '' ? null : author.slice(0, LIMITS.author),
    message: message === '' ? null : message.slice(0, LIMITS.message),
  };
}
