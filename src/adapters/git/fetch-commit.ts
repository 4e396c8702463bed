import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { KilnError, toKilnError } from '../../domain/errors.js';
import type { ResolvedRef } from './resolve-ref.js';
import type { GitServer, ServerCall } from './server.js';
import type { SourceBudget } from './source-budget.js';

const LOOK_MS = 250;

export interface CommitFetch {
  /** A folder that does not exist yet; it becomes a bare repository. */
  readonly gitFolder: string;
  readonly wanted: ResolvedRef;
  /** Commits of history; 0 for all. */
  readonly depth: number;
  readonly budget: SourceBudget;
  readonly signal: AbortSignal;
}

/**
 * Brings one commit into a new bare repository and gives its id (that of the commit behind a tag). Servers that give out
 * only the tips of their branches are asked for the ref, and then for everything. Raises git_ref_not_found.
 */
export async function fetchCommit(server: GitServer, fetch: CommitFetch): Promise<string> {
  const { gitFolder, wanted } = fetch;
  const format = wanted.commit.length === 64 ? 'sha256' : 'sha1';
  const outside: ServerCall = { cwd: path.dirname(gitFolder), signal: fetch.signal };
  await server.git(
    ['init', '--quiet', '--bare', `--object-format=${format}`, '--template=', gitFolder],
    outside,
  );
  const packs = path.join(gitFolder, 'objects/pack');
  const watch = watchSize(packs, fetch.budget, fetch.signal);
  const call: ServerCall = { cwd: gitFolder, signal: watch.signal };
  const depth = fetch.depth === 0 ? [] : ['--depth', String(fetch.depth)];
  const get = (options: readonly string[], refspecs: readonly string[]) =>
    server.git(
      [
        'fetch',
        '--quiet',
        '--no-tags',
        '--no-write-fetch-head',
        ...options,
        '--end-of-options',
        server.remote.url,
        ...refspecs,
      ],
      call,
    );
  try {
    try {
      await get(depth, [wanted.commit]);
    } catch (error) {
      if (toKilnError(error).code !== 'git_ref_not_found') throw error;
      await get([], ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*']);
    }
    fetch.budget.takePacks(await folderBytes(packs));
    return await commitBehind(server, wanted.commit, call);
  } finally {
    watch.stop();
  }
}

async function commitBehind(server: GitServer, id: string, call: ServerCall): Promise<string> {
  try {
    const args = ['rev-parse', '--quiet', '--verify', '--end-of-options', `${id}^{commit}`];
    return (await server.git(args, call)).stdout.toString('utf8').trim();
  } catch (cause) {
    call.signal.throwIfAborted();
    throw new KilnError('git_ref_not_found', {
      message: `${server.remote.url} has no commit ${id} any more, or does not give it out.`,
      cause,
    });
  }
}

/** A signal that fires with source_too_large when the folder of received packs grows too large. */
function watchSize(
  packs: string,
  budget: SourceBudget,
  signal: AbortSignal,
): { signal: AbortSignal; stop: () => void } {
  const tooLarge = new AbortController();
  const timer = setInterval(() => {
    void folderBytes(packs)
      .then((bytes) => budget.checkPacks(bytes))
      .catch((error: unknown) => tooLarge.abort(error));
  }, LOOK_MS);
  return { signal: AbortSignal.any([signal, tooLarge.signal]), stop: () => clearInterval(timer) };
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(path.join(folder, name)).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
