import { formatQuantity } from '../limits/limit-units.js';
import type { RetentionPolicy } from './retention-policy.js';
import { type PointingTag, tagInUse, whyTagsGo } from './tag-use.js';

/** An image that builds of the project have published and that is not deleted. */
export interface PublishedImage {
  readonly id: string;
  readonly digest: string;
  /** Of an index: the images of its platforms. */
  readonly children: readonly string[];
  /** From which branches it was published, each with the last time; null for builds of no branch. */
  readonly branches: readonly { readonly branch: string | null; readonly publishedAt: Date }[];
  /** Tags that Kiln has pointed at it and at nothing else since. */
  readonly tags: readonly PointingTag[];
}

export interface RetentionFacts {
  readonly images: readonly PublishedImage[];
  /** Digests that builds need which are not over, are held, or may be resumed, with what needs them, in words. */
  readonly needed: ReadonlyMap<string, string>;
  /** Digests that images of this tenant were made from which are not deleted, with such an image, in words. */
  readonly bases: ReadonlyMap<string, string>;
}

/** What becomes of an image, and why. */
export interface Verdict {
  readonly goes: boolean;
  readonly because: string;
}

/**
 * What the policy says of each image, by id. An image goes only when every rule that is set lets it go, and nothing needs it; the newest
 * one of each branch always stays, and so does what a tag in use points at.
 */
export function planRetention(
  policy: RetentionPolicy,
  facts: RetentionFacts,
  now: Date,
): Map<string, Verdict> {
  const places = placesInBranches(facts.images);
  const verdicts = new Map(
    facts.images.map((image) => [
      image.id,
      judge(policy, image, { facts, now, place: places.get(image.id) ?? NO_PLACE }),
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

interface Circumstances {
  readonly facts: RetentionFacts;
  readonly now: Date;
  readonly place: Place;
}

function judge(
  policy: RetentionPolicy,
  image: PublishedImage,
  { facts, now, place }: Circumstances,
): Verdict {
  const { keep_newest: keepNewest, older_than_seconds: olderThan } = policy;
  const ageSeconds = (now.getTime() - lastPublished(image)) / 1000;
  const branch = branchInWords(place.branch);
  if (place.rank === 1) return stays(`it is the newest of ${branch}`);
  if (keepNewest !== null && place.rank <= keepNewest)
    return stays(`it is number ${place.rank} of ${branch}, of which the ${keepNewest} newest stay`);
  if (olderThan !== null && ageSeconds <= olderThan)
    return stays(`it was published in the last ${formatQuantity('seconds', olderThan)}`);
  const inUse = tagInUse(policy, image.tags);
  if (inUse !== null) return stays(inUse);
  const digests = [image.digest, ...image.children];
  for (const need of [facts.needed, facts.bases])
    for (const digest of digests) if (need.has(digest)) return stays(need.get(digest)!);
  return { goes: true, because: whyItGoes(policy, place, image.tags) };
}

function whyItGoes(policy: RetentionPolicy, { rank, branch }: Place, tags: readonly PointingTag[]): string {
  const { keep_newest: keepNewest, older_than_seconds: olderThan } = policy;
  const reasons = [
    ...(keepNewest === null ? [] : [`it is number ${rank} of ${branchInWords(branch)}`]),
    ...(olderThan === null ? [] : [`it is older than ${formatQuantity('seconds', olderThan)}`]),
  ];
  const withTags = tags.length === 0 ? '' : ` (${whyTagsGo(policy, tags).join(', ')})`;
  return `${reasons.join(', ')}, and nothing uses it${withTags}`;
}

function branchInWords(branch: string | null): string {
  return branch === null ? 'the builds of no branch' : `the branch ${branch}`;
}

function stays(because: string): Verdict {
  return { goes: false, because };
}

function lastPublished({ branches }: PublishedImage): number {
  return Math.max(...branches.map(({ publishedAt }) => publishedAt.getTime()));
}

/** Where an image stands among those of a branch, the newest being 1. */
interface Place {
  readonly rank: number;
  readonly branch: string | null;
}
const NO_PLACE: Place = { rank: 1, branch: null };

/** The best place of each image among the newest of any of its branches. */
function placesInBranches(images: readonly PublishedImage[]): Map<string, Place> {
  const byBranch = new Map<string | null, { id: string; at: number }[]>();
  for (const { id, branches } of images) {
    for (const { branch, publishedAt } of branches)
      byBranch.set(branch, [...(byBranch.get(branch) ?? []), { id, at: publishedAt.getTime() }]);
  }
  const places = new Map<string, Place>();
  for (const [branch, builds] of byBranch) {
    builds.sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
    for (const [index, id] of [...new Set(builds.map((one) => one.id))].entries()) {
      const before = places.get(id)?.rank ?? Infinity;
      if (index + 1 < before) places.set(id, { rank: index + 1, branch });
    }
  }
  return places;
}
