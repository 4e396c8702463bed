import type { BaseImageMove, WatchedImage } from '../../contracts/base-images.js';
import { shortDigest } from '../../domain/base-images/watch.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';

const INDENT = '  ';

/** Watched tags with the projects that stand on them. */
export function watchedImageLines(images: readonly WatchedImage[], style: Style): string[] {
  if (images.length === 0)
    return ['No tag is watched. `kiln base-images watch PROJECT` watches those that a project stands on.'];
  return images.flatMap(({ reference, digest, checked_at: checkedAt, trouble, projects }) => [
    `${style.bold(reference)} ${digest === null ? 'not looked at yet' : shortDigest(digest)}${checkedAt === null ? '' : style.dim(`, looked at ${minute(checkedAt)} UTC`)}`,
    ...(trouble === null ? [] : [`${INDENT}${style.dim(`the last look told nothing: ${trouble}`)}`]),
    ...tableLines(
      projects.map((one) => [
        `${INDENT}${one.project}#${String(one.build_number)}`,
        one.is_base ? 'stands on it' : 'uses it',
        standing(one.digest, digest),
      ]),
      Infinity,
    ),
  ]);
}

function standing(own: string | null, now: string | null): string {
  if (own === null) return 'nobody could tell its digest: it cannot be compared';
  return own === now || now === null ? shortDigest(own) : `${shortDigest(own)}, which is not the newest`;
}

/** Moves with what became of each project. */
export function moveLines(moves: readonly BaseImageMove[], style: Style): string[] {
  if (moves.length === 0) return ['No base image of a watched project has moved.'];
  return moves.flatMap((move) => [
    `${style.bold(move.reference)} ${shortDigest(move.from_digest)} -> ${shortDigest(move.to_digest)} ${move.status}${style.dim(`, seen ${minute(move.seen_at)} UTC`)}`,
    ...(move.reason === null ? [] : [`${INDENT}${move.reason}`]),
    ...(move.status === 'stopped' ? [`${INDENT}${style.dim(`kiln base-images resume ${move.id}`)}`] : []),
    ...tableLines(
      move.projects.map((one) => [
        `${INDENT}${one.project}${one.build_number === null ? '' : `#${String(one.build_number)}`}`,
        one.is_canary ? 'canary' : '',
        one.state,
        one.reason ?? '',
      ]),
      Infinity,
    ),
  ]);
}

function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
