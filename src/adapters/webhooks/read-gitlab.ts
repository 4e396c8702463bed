import { z } from 'zod';
import type { GitEvent } from '../../domain/webhooks/git-event.js';
import {
  branchName,
  commit,
  fullRef,
  isZero,
  maybeWords,
  pathsOf,
  project,
  readBy,
  type ReadEvent,
  refParts,
  saidBy,
  sha,
  tagName,
  urlsOf,
  words,
} from './fields.js';

const Kind = z.object({ object_kind: words.pipe(z.string().max(100)).nullish() });

const Push = z.object({
  ref: fullRef,
  before: sha,
  after: sha,
  checkout_sha: sha.nullish(),
  user_name: maybeWords,
  commits: z.array(commit).nullish(),
  total_commits_count: z.int().min(0).nullish(),
  project,
});

const MergeRequest = z.object({
  project,
  user: z.object({ name: maybeWords }).nullish(),
  object_attributes: z.object({
    iid: z.int().min(1),
    action: words.nullish(),
    oldrev: z.string().nullish(),
    title: words,
    target_branch: branchName,
    source_project_id: z.int().nullish(),
    target_project_id: z.int(),
    last_commit: z.object({ id: sha, message: words.nullish(), author: commit.shape.author }),
  }),
});

const Release = z.object({
  action: words,
  tag: tagName,
  name: maybeWords,
  project,
  commit: z.object({ id: sha, author: commit.shape.author }).nullish(),
});

/** Reads the events of https://docs.gitlab.com/user/project/integrations/webhook_events, by their `object_kind`, which is signed with the body. */
export function readGitlab(eventType: string, body: object): ReadEvent {
  const kind = Kind.safeParse(body).data?.object_kind ?? '';
  switch (kind) {
    case 'push':
    case 'tag_push':
      return readBy(Push, body, push);
    case 'merge_request':
      return readBy(MergeRequest, body, mergeRequest);
    case 'release':
      return readBy(Release, body, release);
    default: {
      const name = kind || eventType;
      return {
        event: { kind: 'other', eventType: name, reason: `Events of the kind ${name} start no build.` },
      };
    }
  }
}

function push(data: z.output<typeof Push>): GitEvent {
  const { ref, before, after, checkout_sha: checkout } = data;
  const commits = data.commits ?? [];
  // Of an annotated tag, `after` is the tag itself.
  const head = checkout ?? after;
  const said = saidBy(commits.find(({ id }) => id === head));
  const isWhole = !isZero(before) && commits.length >= (data.total_commits_count ?? Infinity);
  return {
    kind: 'push',
    repositoryUrls: urlsOf(data.project),
    ...refParts(ref),
    sha: isZero(after) ? after : head,
    deleted: isZero(after),
    message: said.message,
    author: said.author ?? data.user_name,
    changedPaths: isWhole ? pathsOf(commits) : null,
  };
}

/** An update without `oldrev` changes words, labels or people. */
function mergeRequest({
  object_attributes: merge,
  project: own,
  user,
}: z.output<typeof MergeRequest>): GitEvent {
  const action = merge.action ?? 'none';
  const head = merge.last_commit;
  return {
    kind: 'pull_request',
    repositoryUrls: urlsOf(own),
    action,
    hasNewCode: ['open', 'reopen'].includes(action) || (action === 'update' && Boolean(merge.oldrev)),
    number: merge.iid,
    title: merge.title,
    headSha: head.id,
    headRef: `refs/merge-requests/${merge.iid}/head`,
    baseBranch: merge.target_branch,
    fork: merge.source_project_id !== merge.target_project_id,
    author: head.author?.name ?? user?.name ?? null,
    message: head.message ?? null,
  };
}

function release(data: z.output<typeof Release>): GitEvent {
  return {
    kind: 'release',
    repositoryUrls: urlsOf(data.project),
    action: data.action,
    isPublished: data.action === 'create',
    tag: data.tag,
    sha: data.commit?.id ?? null,
    author: data.commit?.author?.name ?? null,
    title: data.name,
  };
}
