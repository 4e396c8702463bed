import type { BuildPrune, BuildPrunePreview, JudgedBuild } from '../../contracts/build-retention.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { plural } from '../terminal/units.js';

/** Of which builds of a project only the record would be left now, each with why; with those that stay where somebody looks only. */
export function buildPreviewLines(
  preview: BuildPrunePreview,
  { style, withStays }: { readonly style: Style; readonly withStays: boolean },
): string[] {
  const { project, goes, goes_count: going, stays, stays_count: staying } = preview;
  const stay = `${String(staying)} ${staying === 1 ? 'stays' : 'stay'}`;
  const head =
    going === 0
      ? `nothing goes, ${stay}`
      : `of ${plural(going, 'build')} only the record will be left, ${stay}`;
  return [
    `${style.bold(project)}: ${head}`,
    ...judgedLines(project, goes, going, style),
    ...(withStays && staying > 0 ? ['  what stays:', ...judgedLines(project, stays, staying, style)] : []),
  ];
}

function judgedLines(project: string, builds: readonly JudgedBuild[], total: number, style: Style): string[] {
  return [
    ...builds.map(({ build_number: number, status, completed_at: at, because }) => {
      const when = at === null ? '' : ` ${style.dim(at.slice(0, 10))}`;
      return `  ${project}#${String(number)} ${status}${when} ${style.dim(oneLine(because))}`;
    }),
    ...(total > builds.length ? [`  and ${plural(total - builds.length, 'build')} more`] : []),
  ];
}

/** What became of them. */
export function buildPruneLines(project: string, prune: BuildPrune, style: Style): string[] {
  const { removed_builds: builds, removed_log_bytes: bytes } = prune;
  return [
    `${style.bold(project)}: ${plural(builds, 'build')} removed but for the record, with ${formatBytes(bytes)} of logs`,
  ];
}
