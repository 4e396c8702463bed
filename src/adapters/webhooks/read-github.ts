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

/** Beyond it a push lists no commits: https://docs.github.com/en/webhooks/webhook-events-and-payloads#push. */
const MOST_COMMITS = 2048;

const Ping = z.object({ repository: repository.nullish() });

const Push = z.object({
  ref: fullRef,
  before: sha,
  after: sha,
  created: z.boolean().nullish(),
  deleted: z.boolean().nullish(),
  forced: z.boolean().nullish(),
  commits: z.array(commit).nullish(),
  head_commit: commit.nullish(),
  repository,
});

const side = z.object({ sha, repo: z.object({ id: z.int() }).nullish() });

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

/** Reads the events of https://docs.github.com/en/webhooks/webhook-events-and-payloads. */
export function readGithub(eventType: string, body: object): ReadEvent {
  switch (eventType) {
    case 'ping':
      return readBy(Ping, body, (data) => ({ kind: 'ping', repositoryUrls: urlsOf(data.repository) }));
    case 'push':
      return readBy(Push, body, push);
    case 'pull_request':
      return readBy(PullRequest, body, pullRequest);
    case 'release':
      return readBy(Release, body, release);
    default:
      return { event: { kind: 'other', eventType, reason: whyNot(eventType) } };
  }
}

function push(data: z.output<typeof Push>): GitEvent {
  const { ref, after, commits, head_commit: head } = data;
  const isWhole =
    data.created !== true &&
    data.forced !== true &&
    !isZero(data.before) &&
    (commits ?? []).length < MOST_COMMITS;
  return {
    kind: 'push',
    repositoryUrls: urlsOf(data.repository),
    ...refParts(ref),
    // Of an annotated tag, `after` is the tag itself.
    sha: isZero(after) ? after : (head?.id ?? after),
    deleted: data.deleted === true || isZero(after),
    ...saidBy(head),
    changedPaths: isWhole ? pathsOf(commits ?? []) : null,
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
    hasNewCode: ['opened', 'reopened', 'synchronize'].includes(action),
    number,
    title: pull.title,
    headSha: head.sha,
    headRef: `refs/pull/${number}/head`,
    baseBranch: base.ref,
    fork: !head.repo || head.repo.id !== base.repo?.id,
    author: pull.user?.login ?? null,
    message: null,
  };
}

/** `created` comes for drafts too, and `released` beside `published`. */
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

function whyNot(eventType: string): string {
  if (eventType === 'create' || eventType === 'delete') {
    return `A push event says the same as ${eventType}; it is the one that counts.`;
  }
  return `Events of the type ${eventType} start no build.`;
}
