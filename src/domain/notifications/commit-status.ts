import type { BuildStatus } from '../builds/status.js';
import { parseGitUrl } from '../builds/git-url.js';
import type { GitHostKind } from './target-kind.js';

/** What is said about a commit. */
export interface CommitFacts {
  readonly project: string;
  readonly number: number;
  readonly status: BuildStatus;
  readonly repositoryUrl: string;
  readonly commit: string;
  readonly branch: string | null;
  /** Short and public: the code of a failure. */
  readonly failureCode: string | null;
  /** A page about the build; null where none is configured. */
  readonly pageUrl: string | null;
}

/** A request to the API of a git host, without its token. `state` is what it sets, in the word of the host. */
export interface HostRequest {
  readonly method: 'GET' | 'POST';
  /** Below the base of the API. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly state: string | null;
}

const STATES: Readonly<Record<GitHostKind, Readonly<Record<BuildStatus, string>>>> = {
  // https://docs.github.com/en/rest/commits/statuses: error, failure, pending, success
  github: {
    queued: 'pending',
    in_progress: 'pending',
    success: 'success',
    failed: 'failure',
    cancelled: 'error',
  },
  // https://docs.gitlab.com/api/commits/#set-the-pipeline-status-of-a-commit
  gitlab: {
    queued: 'pending',
    in_progress: 'running',
    success: 'success',
    failed: 'failed',
    cancelled: 'canceled',
  },
  // CreateStatusOption of Gitea and Forgejo: pending, success, error, failure, warning
  gitea: {
    queued: 'pending',
    in_progress: 'pending',
    success: 'success',
    failed: 'failure',
    cancelled: 'error',
  },
};

const WORDS: Readonly<Record<BuildStatus, string>> = {
  queued: 'waits in the queue',
  in_progress: 'is being built',
  success: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
};
/** The least of what the hosts take. */
const LONGEST_DESCRIPTION = 140;

/** How a git host is told the status of a commit. */
export function commitStatusRequest(kind: GitHostKind, facts: CommitFacts): HostRequest {
  const state = STATES[kind][facts.status];
  const context = `kiln/${facts.project}`;
  const failure = facts.failureCode === null ? '' : ` (${facts.failureCode})`;
  const description = `Build #${facts.number} ${WORDS[facts.status]}${failure}`.slice(0, LONGEST_DESCRIPTION);
  const target = facts.pageUrl === null ? {} : { target_url: facts.pageUrl };
  const repository = repositoryOf(facts.repositoryUrl);
  const post = (path: string, body: object): HostRequest => ({
    ...{ method: 'POST', path, state, body: JSON.stringify(body) },
    headers: { ...ACCEPTED[kind], 'content-type': 'application/json' },
  });
  if (kind === 'gitlab')
    return post(`/projects/${encodeURIComponent(repository.join('/'))}/statuses/${facts.commit}`, {
      ...{ state, name: context, description, ...target },
      ...(facts.branch === null ? {} : { ref: facts.branch }),
    });
  return post(`/repos/${repository.map(encodeURIComponent).join('/')}/statuses/${facts.commit}`, {
    ...{ state, context, description, ...target },
  });
}

/** Asks a git host for something that every valid token may read. */
export function tokenCheckRequest(kind: GitHostKind): HostRequest {
  const path = { github: '/rate_limit', gitlab: '/personal_access_tokens/self', gitea: '/user' }[kind];
  return { method: 'GET', path, headers: ACCEPTED[kind], body: null, state: null };
}

/** The header that carries the token. */
export function tokenHeader(kind: GitHostKind, token: string): Record<string, string> {
  if (kind === 'gitlab') return { 'private-token': token };
  return { authorization: kind === 'github' ? `Bearer ${token}` : `token ${token}` };
}

/** GitLab refuses a state that a commit has already, so a repetition of what has arrived: 400 `Cannot transition status via :run from :running`. */
export function statedAlready(state: string, text: string): boolean {
  const [, has] = /Cannot transition status via :\w+ from :(\w+)/.exec(text) ?? [];
  return has === state;
}

const ACCEPTED: Readonly<Record<GitHostKind, Readonly<Record<string, string>>>> = {
  github: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  gitlab: { accept: 'application/json' },
  gitea: { accept: 'application/json' },
};

/** The parts of the path of a repository, as its host names it. */
function repositoryOf(url: string): string[] {
  const { path } = parseGitUrl(url);
  return path
    .replace(/^\//, '')
    .replace(/\.git$/, '')
    .split('/')
    .map((part) => decodeURIComponent(part));
}
