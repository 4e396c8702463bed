import { tagMatches } from './tag-pattern.js';
import type { RetentionPolicy } from './retention-policy.js';

/** An image that builds of the project have published and that is not deleted. */
export interface PublishedImage {
  readonly id: string;
  readonly digest: string;
  /** Of an index: the images of its platforms. */
  readonly children: readonly string[];
  /** From which branches it was published, each with the last time; null for builds of no branch. */
  readonly branches: readonly { readonly branch: string | null; readonly publishedAt: Date }[];
  /** Tags that Kiln has pointed at it and at nothing else since. */
  readonly tags: readonly string[];
}

export interface RetentionFacts {
  readonly images: readonly PublishedImage[];
  /** Digests that builds need which are not over, are held, or may be resumed. */
  readonly needed: ReadonlySet<string>;
  /** Digests that images of this tenant were made from which are not deleted. */
  readonly bases: ReadonlySet<string>;
}

/** What becomes of an image, and why. */
export interface Verdict {
  readonly goes: boolean;
  readonly because: string;
}

/**
 * What the policy says of each image, by id. An image goes only when every rule that is set lets it go, and nothing needs it; the newest
 * one of each branch always stays.
 */
export function planRetention(
  policy: RetentionPolicy,
  facts: RetentionFacts,
  now: Date,
): Map<string, Verdict> {
  const ranks = rankInBranches(facts.images);
  const verdicts = new Map(
    facts.images.map((image) => [
      image.id,
      judge(policy, image, { facts, now, rank: ranks.get(image.id) ?? 1 }),
    ]),
  );
  const keptChildren = new Map(
    facts.images
      .filter(({ id }) => verdicts.get(id)?.goes === false)
      .flatMap(({ digest, children }) => children.map((child) => [child, digest])),
  );
  for (const { id, digest } of facts.images) {
    const index = keptChildren.get(digest);
    if (index !== undefined) verdicts.set(id, stays(`it is a part of ${index.slice(0, 19)}, which stays`));
  }
  return verdicts;
}

function judge(
  { keep_newest: keepNewest, older_than_seconds: olderThan, protected_tags: patterns }: RetentionPolicy,
  image: PublishedImage,
  { facts, now, rank }: { readonly facts: RetentionFacts; readonly now: Date; readonly rank: number },
): Verdict {
  const digests = [image.digest, ...image.children];
  const ageSeconds = (now.getTime() - lastPublished(image)) / 1000;
  const matching = image.tags.find((tag) => patterns.some((pattern) => tagMatches(pattern, tag)));
  if (rank === 1) return stays('it is the newest of a branch');
  if (keepNewest !== null && rank <= keepNewest)
    return stays(`it is one of the ${keepNewest} newest of a branch`);
  if (olderThan !== null && ageSeconds <= olderThan) return stays('it is not old enough');
  if (matching !== undefined) return stays(`its tag ${matching} is protected`);
  if (digests.some((digest) => facts.needed.has(digest)))
    return stays('a build needs it that is not over, or that can be retried from there');
  if (digests.some((digest) => facts.bases.has(digest))) return stays('another image was made from it');
  return { goes: true, because: 'no rule keeps it' };
}

function stays(because: string): Verdict {
  return { goes: false, because };
}

function lastPublished({ branches }: PublishedImage): number {
  return Math.max(...branches.map(({ publishedAt }) => publishedAt.getTime()));
}

/** The best place of each image among the newest of any of its branches, from 1. */
function rankInBranches(images: readonly PublishedImage[]): Map<string, number> {
  const byBranch = new Map<string | null, { id: string; at: number }[]>();
  for (const { id, branches } of images) {
    for (const { branch, publishedAt } of branches)
      byBranch.set(branch, [...(byBranch.get(branch) ?? []), { id, at: publishedAt.getTime() }]);
  }
  const ranks = new Map<string, number>();
  for (const members of byBranch.values()) {
    members.sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
    for (const [index, { id }] of members.entries())
      ranks.set(id, Math.min(ranks.get(id) ?? Infinity, index + 1));
  }
  return ranks;
}
