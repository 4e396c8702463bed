import type { PackageMatch } from '../../contracts/inspections.js';
import { oneLine } from '../progress/build-view.js';
import { tableLines } from '../terminal/table.js';
import { formatAge } from '../terminal/units.js';
import type { ListCanvas } from './build-list.js';

const SHORT_DIGEST = 'sha256:'.length + 12;
const SHOWN_NOT_COMPARED = 5;

/** Images that have a package as a table: which package, in which image of which project, when it was built last, its tags. */
export function packageLines(
  found: { readonly items: readonly PackageMatch[]; readonly not_compared: readonly string[] },
  { columns, nowMs, style }: ListCanvas,
): string[] {
  const titles = ['PACKAGE', 'VERSION', 'TYPE', 'IMAGE', 'PROJECT', 'AGE', 'TAGS'];
  const rows = found.items.map((one) => [
    oneLine(one.package_name),
    oneLine(one.package_version),
    oneLine(one.package_type),
    one.manifest_digest.slice(0, SHORT_DIGEST),
    `${one.project}#${one.last_build_number}`,
    formatAge(one.last_built_at, nowMs),
    one.tags.length === 0 ? style.dim('none') : oneLine(one.tags.map(shortTag).join(', ')),
  ]);
  const table = tableLines([titles.map((title) => style.dim(title)), ...rows], columns);
  return [
    ...(rows.length === 0 ? ['No image that Kiln knows the packages of has it.'] : table),
    ...notCompared(found.not_compared),
  ];
}

/** Nobody may take a list for whole that is not. */
function notCompared(all: readonly string[]): string[] {
  if (all.length === 0) return [];
  const more = all.length > SHOWN_NOT_COMPARED ? ` and ${all.length - SHOWN_NOT_COMPARED} more` : '';
  const shown = all.slice(0, SHOWN_NOT_COMPARED).map(oneLine).join(', ');
  return [`Not judged, since the order of their versions is not known: ${shown}${more}.`];
}

/** The name of the registry is the same on all lines, and long. */
function shortTag(tag: string): string {
  return tag.slice(tag.indexOf('/') + 1);
}
