import type { Queue } from '../../contracts/queue.js';
import { startText } from '../progress/queue-place.js';
import { oneLine } from '../progress/build-view.js';
import { tableLines } from '../terminal/table.js';
import { formatRemaining, plural } from '../terminal/units.js';
import { cutToWidth } from '../terminal/width.js';
import type { ListCanvas } from './build-list.js';

/** In less what a build waits for stands below it. */
const NARROW_COLUMNS = 90;

/** What part of a queue was asked for. */
export interface QueuePart {
  readonly isFiltered: boolean;
  /** At most so many builds. */
  readonly limit: number;
}

/** Builds that wait as a table: position, build, how long it has waited, when it is expected to start, what it waits for. */
export function queueLines(queue: Queue, { columns, nowMs, style }: ListCanvas, part?: QueuePart): string[] {
  const { waiting, running, slots, free_slots: free, items } = queue;
  const head = `${plural(waiting, 'build')} waiting, ${running} running; ${free} of ${plural(slots, 'slot')} free`;
  if (items.length === 0) return [head];
  const isNarrow = columns < NARROW_COLUMNS;
  const titles = ['#', 'BUILD', 'WAITED', 'STARTS', ...(isNarrow ? [] : ['WAITING FOR'])];
  const rows = items.map((item) => [
    String(item.position),
    style.bold(`${item.project}#${item.build_number}`),
    formatRemaining(nowMs - Date.parse(item.queued_at)),
    startText(item, nowMs) ?? '-',
    ...(isNarrow ? [] : [oneLine(item.reason)]),
  ]);
  const [top = '', ...lines] = tableLines([titles.map((title) => style.dim(title)), ...rows], columns);
  const below = (index: number): string[] => [
    cutToWidth(`  ${oneLine(items[index]?.reason ?? '')}`, columns),
  ];
  return [
    head,
    top,
    ...lines.flatMap((line, index) => [line, ...(isNarrow ? below(index) : [])]),
    ...moreText(queue, part).map((text) => style.dim(text)),
  ];
}

/** Of a part only the builds that are shown are known: what else waits may be of other projects. */
function moreText({ waiting, items }: Queue, part: QueuePart | undefined): string[] {
  const more = waiting - items.length;
  if (more <= 0) return [];
  if (part?.isFiltered !== true) return [`… ${more} more`];
  return items.length < part.limit ? [] : ['… and perhaps more: --limit'];
}
