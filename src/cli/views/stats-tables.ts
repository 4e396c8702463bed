import type { CacheUse, Outcomes, SlowSteps } from '../../contracts/stats.js';
import { oneLine } from '../progress/build-view.js';
import { barCells } from '../terminal/charts.js';
import { tableLines } from '../terminal/table.js';
import { formatDuration } from '../terminal/units.js';
import { wrapWords } from '../terminal/wrap.js';
import { type ChartCanvas, percentText, stillCounted } from './trend-chart.js';

type Looked = Pick<SlowSteps, 'from' | 'until' | 'time_zone' | 'builds'> & {
  readonly is_whole?: boolean;
  readonly is_current?: boolean;
};

/** Steps, the slowest first: how long they take at most in 19 of 20 times, and in the middle. */
export function slowStepLines(steps: SlowSteps, canvas: ChartCanvas): string[] {
  const most = Math.max(0, ...steps.items.map((item) => item.p95_milliseconds));
  return linesOf(steps, steps.items, canvas, [
    bar((item) => (most === 0 ? 0 : item.p95_milliseconds / most), canvas),
    { title: 'P95', text: (item) => formatDuration(item.p95_milliseconds) },
    { title: 'P50', text: (item) => formatDuration(item.p50_milliseconds), isWide: true },
    { title: 'TIMES', text: (item) => String(item.count), isWide: true },
    { title: 'PROJECT', text: (item) => item.project },
    { title: 'STEP', text: (item) => oneLine(item.step_name) },
  ]);
}

/** Projects: what part of their steps came out of the cache, and of their layers was there before. */
export function cacheLines(cache: CacheUse, canvas: ChartCanvas): string[] {
  return linesOf(cache, cache.items, canvas, [
    bar((item) => (item.hit_rate_percent ?? 0) / 100, canvas),
    { title: 'CACHED', text: (item) => percentText(item.hit_rate_percent) },
    { title: 'STEPS', text: (item) => `${item.cached_steps}/${item.steps}`, isWide: true },
    { title: 'REUSED', text: (item) => percentText(item.layer_reuse_percent) },
    { title: 'LAYERS', text: (item) => `${item.reused_layers}/${item.layers}`, isWide: true },
    { title: 'PROJECT', text: (item) => item.project },
  ]);
}

/** Branches, methods or workers: how many of their builds succeeded. */
export function outcomeLines(outcomes: Outcomes, canvas: ChartCanvas): string[] {
  return linesOf(outcomes, outcomes.items, canvas, [
    bar((item) => (item.success_rate_percent ?? 0) / 100, canvas),
    { title: 'SUCCESS', text: (item) => percentText(item.success_rate_percent) },
    { title: 'BUILDS', text: (item) => String(item.total_builds) },
    { title: 'FAILED', text: (item) => String(item.failed), isWide: true },
    { title: 'CANCELLED', text: (item) => String(item.cancelled), isWide: true },
    { title: outcomes.by.toUpperCase(), text: (item) => (item.name === null ? '-' : oneLine(item.name)) },
  ]);
}

const BAR_CELLS = 10;
/** In less only the columns are shown that are not for wide terminals. */
const NARROW_COLUMNS = 64;

interface Column<Item> {
  readonly title: string;
  readonly text: (item: Item) => string;
  readonly isWide?: boolean;
}

function bar<Item>(shareOf: (item: Item) => number, { style, blocks }: ChartCanvas): Column<Item> {
  const text = (item: Item): string => {
    const [length = 0] = barCells([shareOf(item)], shareOf(item), BAR_CELLS);
    return style.tone.active(blocks.fills[0].repeat(length));
  };
  return { title: '', text, isWide: true };
}

function linesOf<Item>(
  looked: Looked,
  items: readonly Item[],
  { columns, style }: ChartCanvas,
  all: readonly Column<Item>[],
): string[] {
  const part = looked.is_whole === false ? 'newest builds' : 'builds';
  const about = `of ${looked.builds} ${part}, ${looked.from} to ${looked.until}, ${looked.time_zone}`;
  const width = Math.min(columns, 120);
  const head = wrapWords(about, width);
  const note = looked.is_current === false ? stillCounted(width, style) : [];
  if (items.length === 0) return [...head, 'nothing yet', ...note];
  const shown = all.filter(({ isWide }) => isWide !== true || columns >= NARROW_COLUMNS);
  const rows = items.map((item) => shown.map(({ text }) => text(item)));
  const [top = '', ...lines] = tableLines([shown.map(({ title }) => title), ...rows], columns);
  return [...head, style.dim(top), ...lines, ...note];
}
