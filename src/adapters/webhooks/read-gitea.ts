import { z } from 'zod';
import type { GitEvent } from '../../domain/webhooks/git-event.js';
import {
  commit,
  fullRef,
  isZero,
  pathsOf,
  readBy,
  type ReadEvent,
  refParts,
  repository,
  saidBy,
  sha,
  urlsOf,
} from './fields.js';
import { pullRequest, pullRequestBody, readRelease, startsNothing } from './like-github.js';

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

const PullRequest = pullRequestBody(side);

/** Reads the events of Gitea and Forgejo: modules/structs/hook.go in their sources. */
export function readGitea(eventType: string, body: object): ReadEvent {
  switch (eventType) {
    case 'push':
      return readBy(Push, body, push);
    case 'pull_request':
      return readBy(PullRequest, body, (data) => {
        const { head, base } = data.pull_request;
        return pullRequest(data, { pushed: 'synchronized', fork: head.repo_id !== base.repo_id });
      });
    case 'release':
      return readRelease(body);
    default:
      return startsNothing(eventType);
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
