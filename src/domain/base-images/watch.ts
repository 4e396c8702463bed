/** What people say of the watch of a project. */
export interface BaseImageWatch {
  /** Whether it builds first, of all projects that stand on an image. */
  readonly canary: boolean;
  /** The newest success of this branch is watched; of any branch where it is null. */
  readonly branch: string | null;
}

/** The idempotency key of the build of a batch. */
export function batchKey(batchId: string): string {
  return `base-image:${batchId}`;
}

/** How long moves that are over are shown. */
export const KEPT_MOVES_DAYS = 90;

const SHOWN_DIGITS = 12;
const LONGEST_SOURCE = 512;

/** A digest as people are told of it. */
export function shortDigest(digest: string): string {
  const [algorithm = '', digits = ''] = digest.split(':');
  return `${algorithm}:${digits.slice(0, SHOWN_DIGITS)}`;
}

/** Images that have moved, as the record of the build says what started it. */
export function movedText(
  moves: readonly { readonly reference: string; readonly from: string; readonly to: string }[],
): string {
  return moves
    .map(({ reference, from, to }) => `${reference} moved from ${shortDigest(from)} to ${shortDigest(to)}`)
    .map((text) => `base image ${text}`)
    .join('; ')
    .slice(0, LONGEST_SOURCE);
}
