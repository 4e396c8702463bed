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

const PullRequest = pullRequestBody(side);

/** Reads the events of https://docs.github.com/en/webhooks/webhook-events-and-payloads. */
export function readGithub(eventType: string, body: object): ReadEvent {
  switch (eventType) {
    case 'ping':
      return readBy(Ping, body, (data) => ({ kind: 'ping', repositoryUrls: urlsOf(data.repository) }));
    case 'push':
      return readBy(Push, body, push);
    case 'pull_request':
      return readBy(PullRequest, body, (data) => {
        const { head, base } = data.pull_request;
        return pullRequest(data, {
          pushed: 'synchronize',
          fork: !head.repo || head.repo.id !== base.repo?.id,
        });
      });
    case 'release':
      return readRelease(body);
    default:
      return startsNothing(eventType);
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
