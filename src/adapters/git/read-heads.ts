import { isCommitId } from '../../domain/builds/git-ref.js';
import { parseGitUrl } from '../../domain/builds/git-url.js';
import { KilnError, toKilnError } from '../../domain/errors.js';
import { timeLimit } from '../../domain/time-limit.js';
import type { Head } from '../../domain/webhooks/missed-pushes.js';
import type { ReadHeads } from '../../ports/webhook-heads.js';
import { requireGit } from './require-git.js';
import { openServer, type GitHost } from './server.js';

/** Reads branches and tags with the git program of this machine, each repository within `timeoutMs` and in a folder of its own. */
export function createHeadReader(
  host: GitHost,
  inFolder: <Answer>(work: (folder: string) => Promise<Answer>) => Promise<Answer>,
  timeoutMs: number,
): ReadHeads {
  return async (url, credential) => {
    const signal = timeLimit(timeoutMs);
    await requireGit(host.gitProgram);
    try {
      return await inFolder(async (folder) => {
        const server = await openServer(host, parseGitUrl(url), credential, folder);
        const { stdout } = await server.git(
          ['ls-remote', '--quiet', '--heads', '--tags', '--end-of-options', server.remote.url],
          { cwd: folder, signal },
        );
        return readHeadLines(stdout.toString('utf8'));
      });
    } catch (error) {
      if (!signal.aborted) throw toKilnError(error);
      throw new KilnError('git_unreachable', {
        message: `The branches of the repository were not told within ${Math.round(timeoutMs / 1000)} s.`,
      });
    }
  };
}

/** What an annotated tag points at comes under its name with ^{}, after the tag itself. */
export function readHeadLines(text: string): Head[] {
  const heads = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [sha = '', name = ''] = line.split('\t');
    if (isCommitId(sha)) heads.set(name.replace(/\^\{\}$/, ''), sha);
  }
  return [...heads].map(([ref, sha]) => ({ ref, sha }));
}
