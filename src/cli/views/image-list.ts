import type { Image } from '../../contracts/images.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';
import { formatAge } from '../terminal/units.js';
import type { ListCanvas } from './build-list.js';

const SHORT_DIGEST = 'sha256:'.length + 12;

/** Images as a table: digest, size, layers, when and by which build it was made last, and its tags. */
export function imageListLines(images: readonly Image[], { columns, nowMs, style }: ListCanvas): string[] {
  if (images.length === 0) return ['No images yet. A build that succeeds makes one.'];
  const titles = ['IMAGE', 'SIZE', 'LAYERS', 'AGE', 'BUILD', 'TAGS'].map((title) => style.dim(title));
  const rows = images.map((image) => [
    image.manifest_digest.slice(0, SHORT_DIGEST),
    formatBytes(image.compressed_size_bytes),
    String(image.total_layer_count),
    formatAge(image.last_built_at, nowMs),
    `${image.project}#${image.last_build_number}`,
    tagsOf(image, style),
  ]);
  return tableLines([titles, ...rows], columns);
}

function tagsOf({ tags, deleted_at: deletedAt }: Image, style: Style): string {
  if (deletedAt !== null) return style.dim(`deleted ${deletedAt.slice(0, 10)}`);
  return tags.length === 0 ? style.dim('none') : oneLine(tags.map(shortTag).join(', '));
}

/** The name of the registry is the same on all lines, and long. */
function shortTag(tag: string): string {
  return tag.slice(tag.indexOf('/') + 1);
}
