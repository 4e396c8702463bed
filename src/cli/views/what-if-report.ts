import type { Build, BuildMetrics, BuildStep } from '../../contracts/builds.js';
import type { ImageDifference } from '../../contracts/images.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { oneLine } from '../progress/build-view.js';
import type { Style } from '../terminal/style.js';
import { formatDuration } from '../terminal/units.js';
import { cutToWidth, displayWidth, padToWidth } from '../terminal/width.js';
import { hangingLines } from '../terminal/wrap.js';
import { partLines } from './image-difference.js';
import { pairedSteps } from './paired-steps.js';
import { changesText } from './what-if-changes-text.js';

/** One of two builds that are compared. */
export interface ComparedSide {
  readonly build: Build;
  readonly metrics: BuildMetrics;
  /** Null where there is no package database that can be read. */
  readonly packages_count: number | null;
  /** Of its last attempt. */
  readonly steps: readonly BuildStep[];
}

/** A build and what became of it with changes; what `kiln what-if --json` prints. */
export interface WhatIfReport {
  readonly changes: NonNullable<Build['what_if']>['changes'];
  readonly before: ComparedSide;
  readonly after: ComparedSide;
  readonly difference: ImageDifference;
}

interface Canvas {
  readonly columns: number;
  readonly style: Style;
}

/** A measure of both sides; null where it is not known, or there is none. */
interface Measure {
  readonly name: string;
  readonly values: readonly [number | null, number | null];
  readonly format: (value: number) => string;
  /** Whether less is better, more, or neither. */
  readonly better?: 'less' | 'more';
}

const SLOWEST = 5;
/** Narrower than this there is no room for a column of differences. */
const WITH_CHANGE_COLUMNS = 56;
const GAP = '  ';

/** Two builds side by side: times, cache, size; then how the images differ. No line is longer than the canvas. */
export function whatIfLines(report: WhatIfReport, canvas: Canvas, whyUnknown = ''): string[] {
  const { style, columns } = canvas;
  const { before, after, difference } = report;
  const isSame = difference.before.manifest_digest === difference.after.manifest_digest;
  const head = `${nameOf(after.build)} is ${nameOf(before.build)} with ${changesText(report.changes)}. It is not published.`;
  const groups = [
    ['Time', timesOf(report)],
    ['Slowest steps', slowestOf(report)],
    ['Cache', cacheOf(report)],
    ['Image', sizesOf(report)],
  ] as const;
  const all = groups.flatMap(([, measures]) => measures);
  const widths = widthsOf(all, [nameOf(before.build), nameOf(after.build)], columns);
  return [
    ...hangingLines(head, columns, 0),
    ...[before, after].flatMap(({ build }) =>
      build.removal?.what === 'details'
        ? hangingLines(`Of ${nameOf(build)} only its record is left: ${build.removal.because}`, columns, 0)
        : [],
    ),
    '',
    headLine([nameOf(before.build), nameOf(after.build)], widths, canvas),
    ...groups.flatMap(([title, measures]) =>
      measures.length === 0
        ? []
        : [style.bold(title), ...measures.map((one) => measureLine(one, widths, canvas))],
    ),
    ...(isSame
      ? ['', ...hangingLines('Both images are the same, byte for byte.', columns, 0)]
      : partLines(difference, canvas, whyUnknown)),
  ];
}

function nameOf({ project, build_number: number }: Build): string {
  return `${project}#${number}`;
}

function timesOf({ before, after }: WhatIfReport): Measure[] {
  const time = (name: string, of: (side: ComparedSide) => number | null): Measure => ({
    ...{ name, format: formatDuration, better: 'less' },
    values: [of(before), of(after)],
  });
  const inSeconds = (value: number | null): number | null => (value === null ? null : value * 1000);
  return known([
    time('in the queue', ({ build }) => build.result.queue_wait_milliseconds),
    time('on its host', ({ build }) => build.result.build_execution_milliseconds),
    time('the builder', ({ metrics }) => inSeconds(metrics.docker_build_duration_seconds)),
    time('to staging', ({ metrics }) => inSeconds(metrics.docker_push_duration_seconds)),
    time('publication', ({ build }) => build.result.artifact_push_milliseconds),
    time('in all', ({ build }) => build.result.total_duration_milliseconds),
  ]);
}

/** The steps that took longest on either side, by their names; of one that other steps share its name with, the sum. */
function slowestOf({ before, after }: WhatIfReport): Measure[] {
  return pairedSteps(before.steps, after.steps)
    .map(({ name, values }) => ({ name, values, longest: Math.max(values[0] ?? 0, values[1] ?? 0) }))
    .filter(({ longest }) => longest > 0)
    .sort((one, other) => other.longest - one.longest)
    .slice(0, SLOWEST)
    .map(({ name, values }) => ({ name: oneLine(name), format: formatDuration, better: 'less', values }));
}

/** Of a build whose details retention has removed nothing is known of its steps. */
function cacheOf({ before, after }: WhatIfReport): Measure[] {
  const stepsOf = ({ build, steps }: ComparedSide, is: (step: BuildStep) => boolean): number | null =>
    build.removal?.what === 'details' ? null : steps.filter(is).length;
  const count = (name: string, of: (side: ComparedSide) => number | null, better?: 'more'): Measure => ({
    ...{ name, format: String, ...(better !== undefined && { better }) },
    values: [of(before), of(after)],
  });
  return known([
    count('steps', (side) => stepsOf(side, ({ instruction_type: type }) => type !== null)),
    count('from a cache', (side) => stepsOf(side, ({ cached }) => cached), 'more'),
    count('layers reused', ({ metrics }) => metrics.reused_layers),
  ]);
}

function sizesOf({ before, after, difference }: WhatIfReport): Measure[] {
  const size = (name: string, values: Measure['values']): Measure => ({
    ...{ name, format: formatBytes, better: 'less', values },
  });
  return known([
    size('compressed', [difference.before.compressed_size_bytes, difference.after.compressed_size_bytes]),
    size('unpacked', [difference.before.uncompressed_size_bytes, difference.after.uncompressed_size_bytes]),
    {
      ...{ name: 'layers', format: String },
      values: [before.metrics.total_layers, after.metrics.total_layers],
    },
    { ...{ name: 'packages', format: String }, values: [before.packages_count, after.packages_count] },
  ]);
}

function known(measures: readonly Measure[]): Measure[] {
  return measures.filter(({ values }) => values.some((value) => value !== null));
}

interface Widths {
  readonly name: number;
  readonly value: number;
  /** Null where there is no room for it. */
  readonly change: number | null;
}

function widthsOf(measures: readonly Measure[], heads: readonly string[], columns: number): Widths {
  const texts = [...heads, ...measures.flatMap((one) => valuesOf(one))];
  const value = Math.min(Math.max(...texts.map(displayWidth)), Math.floor((columns - 8) / 3));
  const changes = measures.map((one) => displayWidth(changeOf(one)));
  const change = columns < WITH_CHANGE_COLUMNS ? null : Math.max(1, ...changes);
  const taken = 2 * (value + GAP.length) + (change === null ? 0 : change + GAP.length) + GAP.length;
  const longest = Math.max(...measures.map(({ name }) => displayWidth(name)));
  return { name: Math.max(4, Math.min(longest, columns - taken)), value, change };
}

function headLine(names: readonly string[], { name, value }: Widths, { style, columns }: Canvas): string {
  const cells = names.map((one) => padLeft(cutToWidth(one, value), value));
  return cutToWidth(style.dim(`${' '.repeat(name + GAP.length)}${GAP}${cells.join(GAP)}`), columns);
}

function measureLine(measure: Measure, { name, value, change }: Widths, { style, columns }: Canvas): string {
  const cells = valuesOf(measure).map((text) => padLeft(cutToWidth(text, value), value));
  const told = changeOf(measure);
  const paint = toneOf(measure, style);
  const line = [
    `${GAP}${padToWidth(cutToWidth(measure.name, name), name)}`,
    cells[0],
    change === null ? paint(cells[1] ?? '') : cells[1],
    ...(change === null || told === '' ? [] : [paint(padLeft(told, change))]),
  ];
  return cutToWidth(line.join(GAP), columns);
}

function valuesOf({ values, format }: Measure): string[] {
  return values.map((value) => (value === null ? '-' : format(value)));
}

/** The difference with its sign; nothing where a side is not known, both are told alike, or it is too small to be told. */
function changeOf(measure: Measure): string {
  const { values, format } = measure;
  const [left, right] = values;
  const [leftText, rightText] = valuesOf(measure);
  if (left === null || right === null || leftText === rightText) return '';
  const told = format(Math.abs(right - left));
  return told === format(0) ? '' : `${right < left ? '-' : '+'}${told}`;
}

function toneOf(measure: Measure, style: Style): (text: string) => string {
  const [left, right] = measure.values;
  if (changeOf(measure) === '' || left === null || right === null || measure.better === undefined)
    return (text) => text;
  return right < left === (measure.better === 'less') ? style.tone.good : style.tone.warn;
}

function padLeft(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - displayWidth(text))) + text;
}
