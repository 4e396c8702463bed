import { decide, type Verdict, type WebhookRules } from './decide.js';
import type { GitEvent } from './git-event.js';

/** A branch or tag, by its full ref, at a commit; all zeros for a ref that is gone. */
export interface Head {
  readonly ref: string;
  readonly sha: string;
}

export interface SeenHead extends Head {
  readonly atMs: number;
}

/** Readings and deliveries that are this near to each other have no order: git hosts send late, and answer from copies that lag. */
export const UNSURE_MS = 60_000;

/** What a reading of heads says. */
export interface ReadingResult {
  /** Where refs are that nothing has told of. */
  readonly missed: readonly Head[];
  /** What is to be kept as seen. */
  readonly seen: readonly Head[];
  /** Refs that were seen and are no more. */
  readonly gone: readonly string[];
}

/**
 * Compares the heads of a repository with those that were seen last: by earlier readings, at most one a ref, and told of by deliveries. A ref
 * that a delivery has told of at about the time of the reading is left to the next one. The first reading misses nothing.
 */
export function compareHeads(
  heads: readonly Head[],
  before: {
    readonly seen: readonly SeenHead[];
    readonly told: readonly SeenHead[];
    readonly readAtMs: number;
    readonly isFirst: boolean;
  },
): ReadingResult {
  const seen = new Map(before.seen.map((one) => [one.ref, one]));
  const told = new Map<string, SeenHead>();
  for (const one of before.told) if (one.atMs >= (told.get(one.ref)?.atMs ?? 0)) told.set(one.ref, one);
  const isSure = (ref: string): boolean => (told.get(ref)?.atMs ?? 0) < before.readAtMs - UNSURE_MS;
  const sure = heads.filter(({ ref }) => isSure(ref));
  const lastOf = (ref: string): SeenHead | undefined => {
    const [read, said] = [seen.get(ref), told.get(ref)];
    return said !== undefined && said.atMs >= (read?.atMs ?? 0) ? said : read;
  };
  const moved = sure.filter(({ ref, sha }) => lastOf(ref)?.sha !== sha);
  const there = new Set(heads.map(({ ref }) => ref));
  return {
    missed: before.isFirst ? [] : moved,
    seen: sure.filter(({ ref, sha }) => seen.get(ref)?.sha !== sha || lastOf(ref)?.sha !== sha),
    gone: [...seen.keys()].filter((ref) => !there.has(ref) && isSure(ref)),
  };
}

/** What the rules say of a head that nothing has told of. Its message and changed files are unknown. */
export function judgeMissed({ ref, sha }: Head, rules: WebhookRules): Verdict {
  const name = (start: string): string | null => (ref.startsWith(start) ? ref.slice(start.length) : null);
  return decide(
    {
      ...{ kind: 'push', repositoryUrls: [rules.repositoryUrl], ref, sha, deleted: false },
      ...{ branch: name('refs/heads/'), tag: name('refs/tags/') },
      ...{ message: null, author: null, changedPaths: null },
    },
    rules,
  );
}

/** The head that an event tells of; null where it says of no branch or tag that it has moved. */
export function toldHead(event: GitEvent): Head | null {
  return event.kind === 'push' ? { ref: event.ref, sha: event.sha } : null;
}
