import type { ImageFile } from '../../contracts/images.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { plural } from '../terminal/units.js';
import { cutToWidth } from '../terminal/width.js';

const SIZE_WIDTH = 9;
const SIGNS = { added: '+', changed: '~', removed: '-' } as const;

/** Files as a tree, each folder before what is in it; sizes first, so that deep names are what is cut. */
export function fileTreeLines(
  files: readonly ImageFile[],
  { columns, style }: { readonly columns: number; readonly style: Style },
): string[] {
  const [top] = files;
  if (top === undefined) return [];
  const depthOf = (path: string): number => (path === '' ? 0 : path.split('/').length);
  const start = depthOf(top.path);
  const hasChanges = files.some(({ change }) => change !== null);
  return files.map((file) => {
    const size = formatBytes(file.size_bytes).padStart(SIZE_WIDTH);
    const sign = file.change === null ? ' ' : SIGNS[file.change];
    const indent = '  '.repeat(depthOf(file.path) - start);
    return cutToWidth(`${size} ${hasChanges ? `${sign} ` : ''}${indent}${nameOf(file, top, style)}`, columns);
  });
}

function nameOf(file: ImageFile, top: ImageFile, style: Style): string {
  const name = oneLine(file === top ? `/${file.path}` : file.path.slice(file.path.lastIndexOf('/') + 1));
  if (file.kind !== 'folder') return name;
  const hidden = file.left_out_bytes === 0 ? '' : `, ${formatBytes(file.left_out_bytes)} not shown`;
  return `${style.bold(file.path === '' ? '/' : `${name}/`)}${style.dim(`  ${plural(file.file_count, 'file')}${hidden}`)}`;
}
