import { KilnError } from '../errors.js';

/** Which published images of a project are removed. What is null is not asked for; at least one of the first two is set. */
export interface RetentionPolicy {
  /** So many of the newest images of each branch stay. */
  readonly keep_newest: number | null;
  /** What was published later than that stays. */
  readonly older_than_seconds: number | null;
  /** Images with such a tag stay; `*` stands for any text. */
  readonly protected_tags: readonly string[];
  /** Tags that go with their image though they name no single build. */
  readonly expendable_tags: readonly string[];
}

export const OLDER_THAN_SECONDS = { least: 60, most: 3650 * 86_400 } as const;

/** What is to change of a policy; the rest stays. */
export type RetentionChange = {
  readonly [Field in keyof RetentionPolicy]?: RetentionPolicy[Field] | undefined;
};

/** Versions: nobody expects a release to go. Of a new policy that names no tags itself. */
const PROTECTED_AT_FIRST: readonly string[] = ['v*'];

/** The policy with what is to change; `invalid_request` for one that would remove everything but the newest of each branch at once. */
export function changedRetention(before: RetentionPolicy | null, change: RetentionChange): RetentionPolicy {
  const {
    keep_newest = null,
    older_than_seconds = null,
    protected_tags = PROTECTED_AT_FIRST,
    expendable_tags = [],
  } = { ...before, ...change };
  if (keep_newest === null && older_than_seconds === null)
    throw new KilnError('invalid_request', {
      fields: [
        {
          field: 'retention',
          message:
            'say how many of the newest images of each branch stay, or how old images are that go, or both',
        },
      ],
    });
  return { keep_newest, older_than_seconds, protected_tags, expendable_tags };
}
