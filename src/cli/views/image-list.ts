import type { Image } from '../../contracts/images.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';
import { formatAge } from '../terminal/units.js';
import { cutToWidth, displayWidth, padToWidth } from '../terminal/width.js';
import { wrapWords } from '../terminal/wrap.js';
import type { ListCanvas } from './build-list.js';

const GAP = 2;
const SHORT_DIGEST = 'sha256:'.length + 12;

/** With less room for tags than that they stand below their image. */
const FEWEST_TAG_COLUMNS = 24;

/**
 * Images as a table: digest, size, layers, when and by which build it was made last, and its tags; all of them, in further lines where one
 * does not hold them.
 */
export function imageListLines(images: readonly Image[], { columns, nowMs, style }: ListCanvas): string[] {
  if (images.length === 0) return ['No images yet. A build that succeeds makes one.'];
  const titles = ['IMAGE', 'SIZE', 'LAYERS', 'AGE', 'BUILD'].map((title) => style.dim(title));
  const rows = images.map((image) => [
    image.manifest_digest.slice(0, SHORT_DIGEST),
    formatBytes(image.compressed_size_bytes),
    String(image.total_layer_count),
    formatAge(image.last_built_at, nowMs),
    `${image.project}#${image.last_build_number}`,
  ]);
  const lines = tableLines([titles, ...rows], Infinity);
  const begin = Math.max(...lines.map(displayWidth)) + GAP;
  const isBeside = columns - begin >= FEWEST_TAG_COLUMNS;
  const indent = isBeside ? begin : GAP;
  const nameOf = tagNames(images);
  const [head = '', ...shown] = lines;
  return [
    cutToWidth(`${padToWidth(head, begin)}${style.dim('TAGS')}`, columns),
    ...images.flatMap((image, index) => {
      const line = shown[index] ?? '';
      const [first = '', ...more] = tagLines(image, nameOf, columns - indent, style);
      const below = isBeside ? more : [first, ...more];
      return [
        cutToWidth(isBeside ? `${padToWidth(line, indent)}${first}` : line, columns),
        ...below.map((text) => `${' '.repeat(indent)}${text}`),
      ];
    }),
  ];
}

function tagLines(
  { tags, deleted_at: deletedAt }: Image,
  nameOf: (tag: string) => string,
  columns: number,
  style: Style,
): string[] {
  if (deletedAt !== null) return [style.dim(`deleted ${deletedAt.slice(0, 10)}`)];
  if (tags.length === 0) return [style.dim('none')];
  return wrapWords(oneLine(tags.map(nameOf).join(', ')), columns);
}

/** The name of the registry is long, and left out where it is the same on all lines. */
function tagNames(images: readonly Image[]): (tag: string) => string {
  const hosts = new Set(images.flatMap(({ tags }) => tags).map((tag) => tag.slice(0, tag.indexOf('/'))));
  return hosts.size > 1 ? (tag) => tag : (tag) => tag.slice(tag.indexOf('/') + 1);
}
