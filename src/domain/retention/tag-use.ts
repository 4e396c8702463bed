import { isNumbered } from '../builds/destinations.js';
import type { RetentionPolicy } from './retention-policy.js';
import { tagMatches } from './tag-pattern.js';

/** A tag that points at an image, and the build that pointed it there. */
export interface PointingTag {
  readonly repository: string;
  readonly tag: string;
  readonly buildNumber: number;
  readonly commit: string | null;
  /** All that the build published to, as `repository:tag`. */
  readonly destinations: readonly string[];
}

/** What people type at least of a commit. */
const SHORT_COMMIT = 7;

/** Why one of the tags keeps its image; null when all of them may go with it. */
export function tagInUse(
  policy: Pick<RetentionPolicy, 'protected_tags' | 'expendable_tags'>,
  tags: readonly PointingTag[],
): string | null {
  for (const pointing of tags) {
    const { tag } = pointing;
    const pattern = policy.protected_tags.find((one) => tagMatches(one, tag));
    if (pattern !== undefined) return `its tag ${tag} is protected by ${pattern}`;
    if (whyExpendable(policy, pointing) === null)
      return `the tag ${tag} is in use: it points here, and is not expendable`;
  }
  return null;
}

/** Why each of the tags may go with its image, in words. */
export function whyTagsGo(
  policy: Pick<RetentionPolicy, 'expendable_tags'>,
  tags: readonly PointingTag[],
): string[] {
  return [...new Set(tags.flatMap((one) => `${one.tag} ${whyExpendable(policy, one) ?? ''}`))];
}

/** A tag that stands for one build and no other, or that the policy names, may go; null for every other one. */
function whyExpendable(
  { expendable_tags: patterns }: Pick<RetentionPolicy, 'expendable_tags'>,
  { repository, tag, buildNumber, commit, destinations }: PointingTag,
): string | null {
  if (isNumbered(`${repository}:${tag}`, buildNumber, destinations)) return 'is the number of its build';
  const isOfCommit = tag
    .split(/[-_.]/)
    .some((part) => part.length >= SHORT_COMMIT && commit?.startsWith(part) === true);
  if (isOfCommit) return 'names the commit of its build';
  const pattern = patterns.find((one) => tagMatches(one, tag));
  return pattern === undefined ? null : `is expendable by ${pattern}`;
}
