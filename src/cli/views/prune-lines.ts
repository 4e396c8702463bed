import type { Prune, PrunePreview } from '../../contracts/retention.js';
import { oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { plural } from '../terminal/units.js';

/** What the retention of a project would remove now. */
export function previewLines(project: string, { goes, stays }: PrunePreview, style: Style): string[] {
  if (goes.length === 0)
    return [`${style.bold(project)}: nothing goes, ${plural(stays.length, 'image')} stay`];
  return [
    `${style.bold(project)}: ${plural(goes.length, 'image')} ${goes.length === 1 ? 'goes' : 'go'}, ${stays.length} stay`,
    ...goes.map(({ manifest_digest: digest, tags, repositories, last_published_at: at }) => {
      const names = tags.length > 0 ? tags.join(', ') : `${repositories.join(', ')} (no tag)`;
      return `  ${short(digest)} ${style.dim(at.slice(0, 10))} ${oneLine(names)}`;
    }),
  ];
}

/** What became of them. */
export function pruneLines(project: string, { removed, kept, troubles }: Prune, style: Style): string[] {
  const images = new Set(removed.map(({ manifest_digest: digest }) => digest)).size;
  return [
    `${style.bold(project)}: ${plural(images, 'image')} removed`,
    ...kept.map(
      ({ manifest_digest: digest, repository, because }) =>
        `  ${short(digest)} stays in ${oneLine(repository)}: ${oneLine(because)}`,
    ),
    ...troubles.flatMap(({ repository, message, fix }) => [
      `  ${style.tone.bad('✗')} ${oneLine(repository)}: ${oneLine(message)}`,
      `    ${oneLine(fix)}`,
    ]),
  ];
}

function short(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
