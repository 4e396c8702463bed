import type { ImageScan } from '../../contracts/inspections.js';
import { type Severity, SEVERITIES } from '../../domain/scans/severity.js';
import { oneLine } from '../progress/build-view.js';
import type { Tone } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';
import { formatAge } from '../terminal/units.js';
import { hangingLines } from '../terminal/wrap.js';
import type { ListCanvas } from './build-list.js';

const TONES: Readonly<Record<Severity, Tone>> = {
  critical: 'bad',
  high: 'bad',
  medium: 'warn',
  low: 'active',
  negligible: 'muted',
  unknown: 'muted',
};

/** The findings of a scan as a table, the worst first, and by what and when it was made. */
export function scanLines(scan: ImageScan, canvas: ListCanvas): string[] {
  const { columns, style } = canvas;
  const titles = ['SEVERITY', 'VULNERABILITY', 'PACKAGE', 'VERSION', 'FIXED IN', 'TYPE'];
  const rows = scan.items.map((one) => [
    style.tone[TONES[one.severity]](one.severity),
    oneLine(one.vulnerability_id),
    oneLine(one.package_name),
    oneLine(one.package_version),
    one.fixed_version === null ? style.dim('not fixed') : oneLine(one.fixed_version),
    oneLine(one.package_type),
  ]);
  const table = rows.length === 0 ? [] : [...tableLines([titles.map(style.dim), ...rows], columns), ''];
  const about = aboutLines(scan, canvas).flatMap((line) => hangingLines(line, columns, 0));
  return [...table, countLine(scan), ...about.map((line) => style.dim(line))];
}

function countLine({ counts, items }: ImageScan): string {
  if (items.length === 0) return 'Nothing was found.';
  const named = SEVERITIES.flatMap((severity) =>
    counts[severity] === 0 ? [] : [`${counts[severity]} ${severity}`],
  );
  return named.join(', ');
}

function aboutLines(scan: ImageScan, { nowMs }: ListCanvas): string[] {
  const { database_built_at: builtAt, failure_reason: failure } = scan;
  const age = builtAt === null ? 'of unknown age' : `built ${formatAge(builtAt, nowMs)}`;
  return [
    `Scanned ${formatAge(scan.scanned_at, nowMs)} by ${oneLine(scan.tool)}, with a database ${age}.`,
    ...(failure === null ? [] : [`A newer scan could not be made: ${oneLine(failure)}.`]),
  ];
}
