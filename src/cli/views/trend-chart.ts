import type { Period, Trends } from '../../contracts/stats.js';
import { percentOf } from '../../domain/stats/performance.js';
import { barCells, type Blocks, sparkline } from '../terminal/charts.js';
import type { Style } from '../terminal/style.js';
import { formatDuration, formatRemaining, plural } from '../terminal/units.js';
import { padToWidth } from '../terminal/width.js';
import { wrapWords } from '../terminal/wrap.js';

/** Where charts are drawn. */
export interface ChartCanvas {
  readonly columns: number;
  readonly style: Style;
  readonly blocks: Blocks;
}

/** In less only the bars, how many builds there were and how many failed are shown; what else there is stands below. */
const NARROW_COLUMNS = 64;
const MOST_BAR_CELLS = 48;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** How builds went, a bar for each period from the first with a build on, and how long they took and waited as small charts. */
export function trendLines(trends: Trends, canvas: ChartCanvas): string[] {
  const { by, from, until, time_zone: zone } = trends;
  const { columns, style } = canvas;
  const width = Math.min(columns, 120);
  const head = wrapWords(`builds by ${by}, ${from} to ${until}, ${zone}`, width);
  const note = trends.is_current ? [] : stillCounted(width, style);
  const first = trends.items.findIndex((item) => item.total_builds > 0 || item.max_concurrent_at_peak > 0);
  if (first < 0) return [...head, 'no builds', ...note];
  const items = trends.items.slice(first);
  return [
    ...head,
    ...barLines(items, trends.by, { ...canvas, columns: width }),
    '',
    ...wrapWords(sumText(items), width),
    ...sparkLines(items, { ...canvas, columns: width }),
    ...note,
  ];
}

/** A note below figures that lag behind. */
export function stillCounted(width: number, style: Style): string[] {
  return wrapWords('Changes of the last seconds are still being counted.', width).map((line) =>
    style.dim(line),
  );
}

function barLines(items: readonly Period[], by: Trends['by'], canvas: ChartCanvas): string[] {
  const { columns, style, blocks } = canvas;
  const titles = ['BUILDS', 'FAILED', ...(columns < NARROW_COLUMNS ? [] : ['DURATION', 'WAIT', 'PEAK'])];
  const rows = items.map((item) => cellsOf(item).slice(0, titles.length));
  const widths = titles.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const labels = items.map((item) => labelOf(item, by));
  const labelWidth = Math.max(...labels.map((label) => label.length));
  const taken = labelWidth + 2 + widths.reduce((sum, width) => sum + width + 2, 0);
  const cells = Math.max(4, Math.min(MOST_BAR_CELLS, columns - taken));
  const most = Math.max(...items.map((item) => item.total_builds));
  const right = (texts: readonly string[]): string =>
    texts.map((text, index) => `  ${text.padStart(widths[index] ?? 0)}`).join('');
  return [
    style.dim(' '.repeat(labelWidth + 2 + cells) + right(titles)),
    ...items.map((item, index) => {
      const bar = padToWidth(barOf(item, item.total_builds / most, cells, canvas), cells);
      return `${style.dim((labels[index] ?? '').padEnd(labelWidth))}  ${bar}${right(rows[index] ?? [])}`;
    }),
    style.dim(legendOf(blocks, columns)),
  ];
}

function barOf(item: Period, share: number, cells: number, { style, blocks }: ChartCanvas): string {
  const { successful, failed, cancelled, total_builds: total } = item;
  const paints = [style.tone.good, style.tone.bad, style.tone.warn, style.dim];
  const parts = [successful, failed, cancelled, total - successful - failed - cancelled];
  return barCells(parts, share, cells)
    .map((length, index) =>
      length === 0 ? '' : (paints[index]?.((blocks.fills[index] ?? '').repeat(length)) ?? ''),
    )
    .join('');
}

function legendOf({ fills }: Blocks, columns: number): string {
  const [good, bad, cancelled, open] = fills;
  const words = `${good} succeeded  ${bad} failed  ${cancelled} cancelled  ${open} open`;
  return columns >= words.length ? words : `${good} ok  ${bad} failed  ${cancelled} cancelled`;
}

function cellsOf(item: Period): string[] {
  const { average_duration_seconds: duration, median_queue_wait_seconds: wait } = item;
  return [
    String(item.total_builds),
    percentText(item.failure_rate_percent),
    duration === null ? '-' : formatDuration(duration * 1000),
    wait === null ? '-' : formatRemaining(wait * 1000),
    String(item.max_concurrent_at_peak),
  ];
}

function sumText(items: readonly Period[]): string {
  const sum = (of: (item: Period) => number): number => items.reduce((all, item) => all + of(item), 0);
  const [good, bad, cancelled] = [
    sum((one) => one.successful),
    sum((one) => one.failed),
    sum((one) => one.cancelled),
  ];
  return `${plural(
    sum((one) => one.total_builds),
    'build',
  )}: ${good} succeeded, ${bad} failed (${percentText(percentOf(bad, good + bad))}), ${cancelled} cancelled`;
}

/** Each with its lowest and highest value. Where there is too little room the newest periods are shown. */
function sparkLines(items: readonly Period[], { columns, style, blocks }: ChartCanvas): string[] {
  const rows = [
    [
      'duration',
      (one: Period) => one.average_duration_seconds,
      (value: number) => formatDuration(value * 1000),
    ],
    [
      'wait',
      (one: Period) => one.median_queue_wait_seconds,
      (value: number) => formatRemaining(value * 1000),
    ],
    ['peak', (one: Period) => one.max_concurrent_at_peak, String],
  ] as const;
  return rows.flatMap(([name, valueOf, textOf]) => {
    const values = items.map(valueOf);
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return [];
    const [low, high] = [textOf(Math.min(...known)), textOf(Math.max(...known))];
    const text = low === high ? low : `${low} to ${high}`;
    const line = sparkline(values.slice(-Math.max(1, columns - 10 - 2 - text.length)), blocks);
    return [`${style.dim(name.padEnd(10))}${style.tone.active(line)}  ${text}`];
  });
}

function labelOf({ from }: Period, by: Trends['by']): string {
  if (by === 'month') return from.slice(0, 7);
  return `${MONTHS[Number(from.slice(5, 7)) - 1] ?? ''} ${from.slice(8)}`;
}

/** `18 %`, `0.4 %`; `-` of nothing. */
export function percentText(percent: number | null): string {
  if (percent === null) return '-';
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : String(Math.round(percent))} %`;
}
