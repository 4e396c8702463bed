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
const QUIET = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'log.showSignature=false',
  '--no-pager',
  '--no-optional-locks',
];

/**
 * Commit, branch, author and subject of the checkout around a folder. A folder with changes or new files comes from no commit: then
 * the branch alone is told; nothing is told of a folder that the commit does not have. Never fails.
 */
export async function readGitFacts(folder: string): Promise<GitFacts> {
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', [...QUIET, ...args], { cwd: folder, timeout: TIMEOUT_MS })).stdout.trim();
  try {
    const [named, changed, told] = await Promise.all([
      git('rev-parse', 'HEAD:./', '--abbrev-ref', 'HEAD').then((text) => text.split('\n')[1] ?? ''),
      isChanged(git),
      git('log', '-1', '--format=%H%x00%an%x00%s'),
    ]);
    const branch = named === 'HEAD' ? null : shortened(named, 255);
    if (changed) return { ...NO_GIT_FACTS, branch };
    const [commit = '', author = '', message = ''] = told.split('\0');
    return {
      commit: shortened(commit, 64),
      branch,
      author: shortened(author, 255),
      message: shortened(message, 4096),
    };
  } catch {
    return NO_GIT_FACTS;
  }
}

/* By the times and sizes that git remembers: to read the files it would run the filters that the repository names. */
async function isChanged(git: (...args: string[]) => Promise<string>): Promise<boolean> {
  const changes = await Promise.all([
    git('diff-files', '--raw', '--', '.'),
    git('diff-index', '--cached', '--raw', 'HEAD', '--', '.'),
    git('ls-files', '--others', '--exclude-standard', '--directory', '--', '.'),
  ]);
  return changes.some((text) => text !== '');
}

function shortened(text: string, length: number): string | null {
  return text === '' ? null : text.slice(0, length);
}
