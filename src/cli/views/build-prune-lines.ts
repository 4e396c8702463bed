import type { BuildPrune, BuildPrunePreview, JudgedBuild } from '../../contracts/build-retention.js';
import { BUILD_STATUS } from '../../domain/builds/status.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';
import { plural } from '../terminal/units.js';
import { displayWidth, padToWidth } from '../terminal/width.js';
import { hangingLines, wrapWords } from '../terminal/wrap.js';

interface PreviewCanvas {
  readonly columns: number;
  readonly style: Style;
  readonly withStays: boolean;
}

/** Narrower than this a reason stands below its build. */
const LEAST_REASON_COLUMNS = 36;
const GAP = '  ';

/**
 * Of which builds of a project only the record would be left now, each with why; with those that stay where somebody looks only. No line is
 * wider than the canvas.
 */
export function buildPreviewLines(preview: BuildPrunePreview, canvas: PreviewCanvas): string[] {
  const { project, goes, goes_count: going, stays, stays_count: staying } = preview;
  const stay = `${String(staying)} ${staying === 1 ? 'stays' : 'stay'}`;
  const head =
    going === 0
      ? `nothing goes, ${stay}`
      : `of ${plural(going, 'build')} only the record will be left, ${stay}`;
  const [first = '', ...others] = hangingLines(`${project}: ${head}`, canvas.columns, 0);
  return [
    first.replace(project, canvas.style.bold(project)),
    ...others,
    ...judgedLines(project, goes, going, canvas),
    ...(canvas.withStays && staying > 0
      ? [`${GAP}what stays:`, ...judgedLines(project, stays, staying, canvas)]
      : []),
  ];
}

function judgedLines(
  project: string,
  builds: readonly JudgedBuild[],
  total: number,
  { style, columns }: PreviewCanvas,
): string[] {
  const heads = tableLines(
    builds.map(({ build_number: number, status, completed_at: at }) => [
      `${GAP}${project}#${String(number)}`,
      BUILD_STATUS[status].label,
      at?.slice(0, 10) ?? '',
    ]),
    columns,
  );
  const behind = Math.max(0, ...heads.map(displayWidth)) + GAP.length;
  const isBelow = columns - behind < LEAST_REASON_COLUMNS;
  const left = isBelow ? 2 * GAP.length : behind;
  const lines = builds.flatMap(({ because }, index) => {
    const head = heads[index] ?? '';
    const [first = '', ...others] = wrapWords(oneLine(because), Math.max(10, columns - left)).map((line) =>
      style.dim(line),
    );
    const further = (isBelow ? [first, ...others] : others).map((line) => `${' '.repeat(left)}${line}`);
    return [isBelow ? head : `${padToWidth(head, left)}${first}`, ...further];
  });
  return [
    ...lines,
    ...(total > builds.length ? [`${GAP}and ${plural(total - builds.length, 'build')} more`] : []),
  ];
}

/** What became of them. */
export function buildPruneLines(project: string, prune: BuildPrune, style: Style): string[] {
  const { removed_builds: builds, removed_log_bytes: bytes } = prune;
  return [
    `${style.bold(project)}: ${plural(builds, 'build')} removed but for the record, with ${formatBytes(bytes)} of logs`,
  ];
}
