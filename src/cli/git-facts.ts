import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIMEOUT_MS = 3_000;

/** What a folder was made from, for people; null where git does not know. */
export interface GitFacts {
  readonly commit: string | null;
  readonly branch: string | null;
  readonly author: string | null;
  readonly message: string | null;
}

/** What is known of a source that comes from no checkout. */
export const NO_GIT_FACTS: GitFacts = { commit: null, branch: null, author: null, message: null };
/* Settings of the repository that would start programs stay off. */
const QUIET = ['-c', 'core.fsmonitor=false', '-c', 'log.showSignature=false', '--no-pager'];

/** Commit, branch, author and subject of the checkout around a folder. Never fails. */
export async function readGitFacts(folder: string): Promise<GitFacts> {
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', [...QUIET, ...args], { cwd: folder, timeout: TIMEOUT_MS })).stdout.trim();
  try {
    const [commit = '', author = '', message = ''] = (
      await git('log', '-1', '--format=%H%x00%an%x00%s')
    ).split('\0');
    const branch = await git('rev-parse', '--abbrev-ref', 'HEAD');
    return {
      commit: commit === '' ? null : commit.slice(0, 64),
      branch: branch === '' || branch === 'HEAD' ? null : branch.slice(0, 255),
      author: author === '' ? null : author.slice(0, 255),
      message: message === '' ? null : message.slice(0, 4096),
    };
  } catch {
    return NO_GIT_FACTS;
  }
}
