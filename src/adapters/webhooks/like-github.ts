import { z } from 'zod';
import type { GitEvent } from '../../domain/webhooks/git-event.js';
import {
  branchName,
  maybeWords,
  readBy,
  type ReadEvent,
  repository,
  tagName,
  urlsOf,
  words,
} from './fields.js';

/* What Gitea and Forgejo took over from GitHub as it is. */

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

/** `created` comes for drafts too, and `released` beside `published`. */
export function readRelease(body: object): ReadEvent {
  return readBy(Release, body, ({ action, release, repository: own }) => ({
    kind: 'release',
    repositoryUrls: urlsOf(own),
    action,
    isPublished: action === 'published' && release.draft !== true,
    tag: release.tag_name,
    sha: null,
    author: release.author?.login ?? null,
    title: release.name,
  }));
}

/** The body of a pull request, by what a provider tells of each of its sides, its commit (`sha`) among it. */
export function pullRequestBody<Side extends z.ZodRawShape>(side: z.ZodObject<Side>) {
  return z.object({
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
}

/** `pushed` is the provider's word for an action that brings new commits. */
export function pullRequest(
  { action, number, pull_request: pull, repository: own }: PullRequest,
  { pushed, fork }: { readonly pushed: string; readonly fork: boolean },
): GitEvent {
  return {
    kind: 'pull_request',
    repositoryUrls: urlsOf(own),
    action,
    hasNewCode: ['opened', 'reopened', pushed].includes(action),
    number,
    title: pull.title,
    headSha: pull.head.sha,
    headRef: `refs/pull/${number}/head`,
    baseBranch: pull.base.ref,
    fork,
    author: pull.user?.login ?? null,
    message: null,
  };
}

interface PullRequest {
  readonly action: string;
  readonly number: number;
  readonly pull_request: {
    readonly title: string;
    readonly user?: { readonly login: string } | null | undefined;
    readonly head: { readonly sha: string };
    readonly base: { readonly ref: string };
  };
  readonly repository: z.output<typeof repository>;
}

/** An event that starts nothing, and why. */
export function startsNothing(eventType: string): ReadEvent {
  const reason =
    eventType === 'create' || eventType === 'delete'
      ? `A push event says the same as ${eventType}; it is the one that counts.`
      : `Events of the type ${eventType} start no build.`;
  return { event: { kind: 'other', eventType, reason } };
}
