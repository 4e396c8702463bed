/**
 * What a webhook says has happened in a repository, the same for all providers. `repositoryUrls` are all addresses that the body gives
 * for the repository: of https, of ssh and of its page.
 */
export type GitEvent = PingEvent | PushEvent | PullRequestEvent | ReleaseEvent | OtherEvent;

/** A test of the address. */
export interface PingEvent {
  readonly kind: 'ping';
  /** Empty where a ping names no repository. */
  readonly repositoryUrls: readonly string[];
}

/** A ref that was made, moved or deleted. */
export interface PushEvent {
  readonly kind: 'push';
  readonly repositoryUrls: readonly string[];
  /** The full ref: `refs/heads/main`, `refs/tags/v1`. */
  readonly ref: string;
  readonly branch: string | null;
  readonly tag: string | null;
  /** The commit, also where the tag is an annotated one; all zeros for a deleted ref. */
  readonly sha: string;
  readonly deleted: boolean;
  /** Of the head commit. */
  readonly message: string | null;
  readonly author: string | null;
  /** Null where the body does not tell all of them: a new branch, a forced push, more commits than it lists. */
  readonly changedPaths: readonly string[] | null;
}

/** A pull request, or merge request. */
export interface PullRequestEvent {
  readonly kind: 'pull_request';
  readonly repositoryUrls: readonly string[];
  /** What has happened to it, in the provider's word. */
  readonly action: string;
  /** Whether the action says that there is new code to build. */
  readonly hasNewCode: boolean;
  readonly number: number;
  readonly title: string;
  readonly headSha: string;
  /** Where its head can be fetched from the repository that it goes to: `refs/pull/5/head`. */
  readonly headRef: string;
  readonly baseBranch: string;
  /** Whether it comes from another repository; also where that is gone. */
  readonly fork: boolean;
  readonly author: string | null;
  /** Of the head commit; null where the body does not tell it. */
  readonly message: string | null;
}

/** Something that was released under a tag. */
export interface ReleaseEvent {
  readonly kind: 'release';
  readonly repositoryUrls: readonly string[];
  readonly action: string;
  /** Whether the action says that the release is out now. */
  readonly isPublished: boolean;
  readonly tag: string;
  /** Null where the body does not tell it. */
  readonly sha: string | null;
  readonly author: string | null;
  readonly title: string | null;
}

/** What starts no build. */
export interface OtherEvent {
  readonly kind: 'other';
  readonly eventType: string;
  /** Why it starts none. */
  readonly reason: string;
}
