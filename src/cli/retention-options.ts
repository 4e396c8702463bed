import { InvalidArgumentError, type Command } from 'commander';
import type { Project, ProjectChange } from '../contracts/projects.js';
import { formatQuantity } from '../domain/limits/limit-units.js';
import { OLDER_THAN_SECONDS } from '../domain/retention/retention-policy.js';
import { usageFailure } from './failure.js';
import { collect, secondsBetween, wholeNumber } from './options.js';

export interface RetentionOptions {
  readonly keepNewest?: number | 'none';
  readonly olderThan?: number | 'none';
  readonly protectTag?: string[];
  readonly expendableTag?: string[];
  /** Only false, for --no-retention. */
  readonly retention?: boolean;
}

/** By which flag each field of a retention came, for refusals. */
export const RETENTION_FLAGS = {
  'retention.keep_newest': '--keep-newest',
  'retention.older_than_seconds': '--older-than',
  'retention.protected_tags': '--protect-tag',
  'retention.expendable_tags': '--expendable-tag',
  retention: '--keep-newest',
} as const;

/** What to do about a field that Kiln refuses by what the project has already. */
export const RETENTION_FIXES = {
  retention:
    'Give --keep-newest COUNT or --older-than TIME, or take the whole retention back with --no-retention.',
} as const;

/** Adds what `kiln projects set` says of the retention of images. */
export function addRetentionOptions(command: Command): void {
  command
    .option(
      '--keep-newest <count>',
      'remove published images but for so many of the newest of each branch, or none',
      orNone(wholeNumber(1, 10_000)),
    )
    .option(
      '--older-than <time>',
      'remove only what was published before that, such as 30d, or none',
      orNone(secondsBetween(OLDER_THAN_SECONDS.least, OLDER_THAN_SECONDS.most)),
    )
    .option(
      '--protect-tag <pattern>',
      'never an image with such a tag, as in "v*", or none (may be repeated; takes the place of all before; v* unless set)',
      collect,
    )
    .option(
      '--expendable-tag <pattern>',
      'such a tag goes with its image, as in "pr-*", or none (may be repeated; takes the place of all before)',
      collect,
    )
    .option('--no-retention', 'remove no images');
}

/** What the options change of the retention; undefined for nothing, null for none. */
export function retentionChange(options: RetentionOptions): ProjectChange['retention'] {
  const { keepNewest, olderThan, protectTag, expendableTag } = options;
  const named = {
    ...(keepNewest === undefined ? {} : { keep_newest: keepNewest === 'none' ? null : keepNewest }),
    ...(olderThan === undefined ? {} : { older_than_seconds: olderThan === 'none' ? null : olderThan }),
    ...(protectTag === undefined ? {} : { protected_tags: withoutNone(protectTag) }),
    ...(expendableTag === undefined ? {} : { expendable_tags: withoutNone(expendableTag) }),
  };
  const isNamed = Object.keys(named).length > 0;
  if (options.retention !== false) return isNamed ? named : undefined;
  if (!isNamed) return null;
  throw usageFailure('--no-retention goes with no rule of retention.', 'Leave one of them out.');
}

/** The retention of a project in words; nothing for none. */
export function retentionLines({ retention }: Project): string[] {
  if (retention == null) return [];
  const { keep_newest: newest, older_than_seconds: olderThan, protected_tags: tags } = retention;
  const expendable = retention.expendable_tags;
  const rules = [
    `the ${newest === null || newest === 1 ? 'newest' : `${newest} newest`} of each branch`,
    ...(olderThan === null ? [] : [`what was published in the last ${formatQuantity('seconds', olderThan)}`]),
    ...(tags.length === 0 ? [] : [`what is tagged ${tags.join(' or ')}`]),
  ];
  return [
    `  published images are removed but for ${rules.join(', ')}, and what is in use`,
    ...(expendable.length === 0 ? [] : [`  tags like ${expendable.join(' or ')} keep no image`]),
  ];
}

function withoutNone(patterns: readonly string[]): string[] {
  return patterns.filter((one) => one !== 'none');
}

function orNone(parse: (text: string) => number): (text: string) => number | 'none' {
  return (text) => {
    if (text === 'none') return text;
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message} Or none.`);
    }
  };
}
