import { z } from 'zod';
import type { GitEvent } from '../../domain/webhooks/git-event.js';
import {
  branchName,
  commit,
  fullRef,
  isZero,
  maybeWords,
  pathsOf,
  readBy,
  type ReadEvent,
  refParts,
  repository,
  saidBy,
  sha,
  tagName,
  urlsOf,
  words,
} from './fields.js';

/** Where a version does not tell how many commits there are: the built-in number that it lists (FEED_MAX_COMMIT_NUM). */
const LISTED_COMMITS = 5;

const Push = z.object({
  ref: fullRef,
  before: sha,
  after: sha,
  commits: z.array(commit).nullish(),
  total_commits: z.int().min(0).nullish(),
  head_commit: commit.nullish(),
  repository,
});

const side = z.object({ sha, repo_id: z.int() });

const PullRequest = z.object({
  action: words,
  number: z.int().min(1),
  pull_request: z.object({
    title: words,
    user: z.object({ login: words }).nullish(),
    head: side,
    base: side.extend({ ref: branchName }),
  }),
  repository,
});

const Release = z.object({
  action: words,
  release: z.object({
    tag_name: tagName,
    name: maybeWords,
    draft: z.boolean().nullish(),
    author: z.object({ login: words }).nullish(),
  }),
  repository,
});

/** Reads the events of Gitea and Forgejo: modules/structs/hook.go in their sources. */
export function readGitea(eventType: string, body: object): ReadEvent {
  switch (eventType) {
    case 'push':
      return readBy(Push, body, push);
    case 'pull_request':
      return readBy(PullRequest, body, pullRequest);
    case 'release':
      return readBy(Release, body, release);
    case 'create':
    case 'delete': {
      const reason = `A push event says the same as ${eventType}; it is the one that counts.`;
      return { event: { kind: 'other', eventType, reason } };
    }
    default: {
      const reason = `Events of the type ${eventType} start no build.`;
      return { event: { kind: 'other', eventType, reason } };
    }
  }
}

function push(data: z.output<typeof Push>): GitEvent {
  const { ref, before, after } = data;
  const commits = data.commits ?? [];
  const head = data.head_commit ?? commits.find(({ id }) => id === after);
  const isWhole = !isZero(before) && commits.length >= (data.total_commits ?? 0);
  const isCut = data.total_commits == null && commits.length >= LISTED_COMMITS;
  return {
    kind: 'push',
    repositoryUrls: urlsOf(data.repository),
    ...refParts(ref),
    // Of an annotated tag, `after` is the tag itself.
    sha: isZero(after) ? after : (head?.id ?? after),
    deleted: isZero(after),
    ...saidBy(head),
    changedPaths: isWhole && !isCut ? pathsOf(commits) : null,
  };
}

function pullRequest({
  action,
  number,
  pull_request: pull,
  repository: own,
}: z.output<typeof PullRequest>): GitEvent {
  const { head, base } = pull;
  return {
    kind: 'pull_request',
    repositoryUrls: urlsOf(own),
    action,
    hasNewCode: ['opened', 'reopened', 'synchronized'].includes(action),
    number,
    title: pull.title,
    headSha: head.sha,
    headRef: `refs/pull/${number}/head`,
    baseBranch: base.ref,
    fork: head.repo_id !== base.repo_id,
    author: pull.user?.login ?? null,
    message: null,
  };
}

function release({ action, release: out, repository: own }: z.output<typeof Release>): GitEvent {
  return {
    kind: 'release',
    repositoryUrls: urlsOf(own),
    action,
    isPublished: action === 'published' && out.draft !== true,
    tag: out.tag_name,
    sha: null,
    author: out.author?.login ?? null,
    title: out.name,
  };
}
