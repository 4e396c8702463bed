import type { JudgedImage, Prune, PrunePreview } from '../../contracts/retention.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { plural } from '../terminal/units.js';

/** What the retention of a project would remove now, each image with why; with those that stay where somebody looks only. */
export function previewLines(
  project: string,
  preview: PrunePreview,
  { style, withStays }: { readonly style: Style; readonly withStays: boolean },
): string[] {
  const { goes, stays, freed_bytes: freed, shared_bytes: shared } = preview;
  const staying = stays.length === 1 ? 'stays' : 'stay';
  const head =
    goes.length === 0
      ? `nothing goes, ${plural(stays.length, 'image')} ${staying}`
      : `${plural(goes.length, 'image')} ${goes.length === 1 ? 'goes' : 'go'}, ${stays.length} ${staying}`;
  const bytes = `frees ${formatBytes(freed)} of layers; ${formatBytes(shared)} stay, which other images have too`;
  return [
    `${style.bold(project)}: ${head}`,
    ...goes.flatMap((image) => imageLines(image, placesOf(image), style)),
    ...(goes.length === 0 ? [] : [`  ${bytes}`]),
    ...(withStays && stays.length > 0 ? ['  what stays:'] : []),
    ...(withStays
      ? stays.flatMap((image) => imageLines(image, image.tags.join(', ') || '(no tag)', style))
      : []),
    ...troubleLines(preview.troubles, style),
  ];
}

function imageLines(image: JudgedImage, places: string, style: Style): string[] {
  const { manifest_digest: digest, last_published_at: at, because } = image;
  return [
    `  ${short(digest)} ${style.dim(at.slice(0, 10))} ${oneLine(places)}`,
    `    ${style.dim(oneLine(because))}`,
  ];
}

/** Its tags, or its repositories where it has none, and what the registries say of it. */
function placesOf(image: PrunePreview['goes'][number]): string {
  const { tags, repositories, absent_from: absent, in_use_in: inUse } = image;
  const notes = [
    ...absent.map((repository) => `not in ${repository} any more`),
    ...inUse.map(({ repository, because }) => `stays in ${repository}: ${because}`),
  ];
  const names = tags.length > 0 ? tags.join(', ') : `${repositories.join(', ')} (no tag)`;
  return notes.length === 0 ? names : `${names} (${notes.join('; ')})`;
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
    ...troubleLines(troubles, style),
  ];
}

function troubleLines(troubles: Prune['troubles'], style: Style): string[] {
  return troubles.flatMap(({ repository, message, fix }) => [
    `  ${style.tone.bad('✗')} ${oneLine(repository)}: ${oneLine(message)}`,
    `    ${oneLine(fix)}`,
  ]);
}

function short(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}
