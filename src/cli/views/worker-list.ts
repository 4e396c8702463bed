import type { AddedWorker, Worker, WorkerPage } from '../../contracts/workers.js';
import { formatBytes } from '../../domain/format-bytes.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';
import { formatAge, plural } from '../terminal/units.js';
import { wrapWords } from '../terminal/wrap.js';
import type { z } from 'zod';

interface Canvas {
  readonly columns: number;
  readonly nowMs: number;
  readonly style: Style;
}

const INDENT = '  ';

/** Workers as a table, each that takes no new builds with the reason below it. */
export function workerListLines(workers: readonly Worker[], { columns, nowMs, style }: Canvas): string[] {
  if (workers.length === 0) return ['No workers yet. `kiln workers add NAME` adds one.'];
  const titles = ['WORKER', 'STATUS', 'BUILDS', 'ZONE', 'UPTIME', 'HEARD', 'METHODS'];
  const rows = workers.map((worker) => [
    worker.name,
    statusOf(worker),
    `${worker.running}/${worker.slots}`,
    worker.zone ?? '-',
    uptimeOf(worker),
    worker.last_heartbeat === null ? 'never' : formatAge(worker.last_heartbeat, nowMs),
    worker.methods.join(','),
  ]);
  const [head = '', ...lines] = tableLines([titles, ...rows], columns);
  return [
    style.dim(head),
    ...workers.flatMap((worker, index) => [lines[index] ?? '', ...refusalLines(worker, columns, style)]),
  ];
}

/** A worker as one page. */
export function workerPageLines(worker: WorkerPage, canvas: Canvas): string[] {
  const { style, nowMs } = canvas;
  const { disk } = worker;
  const facts: [string, string][] = [
    ['status', statusOf(worker)],
    ['builds', `${worker.running} of ${plural(worker.slots, 'slot')}`],
    ['whose', worker.is_shared ? 'of all tenants' : 'of this tenant'],
    ['type', worker.type],
    ['methods', worker.methods.join(', ')],
    ['platforms', worker.platforms.join(', ')],
    ['emulated', worker.emulated_platforms.join(', ')],
    ['zone', worker.zone ?? ''],
    ['labels', pairs(worker.labels)],
    ['tools', pairs(worker.tool_versions)],
    ['disk', disk === null ? '' : diskOf(disk)],
    ['heard', worker.last_heartbeat === null ? 'never' : formatAge(worker.last_heartbeat, nowMs)],
    ['uptime', uptimeOf(worker)],
  ];
  return [
    style.bold(worker.name),
    ...tableLines(
      facts.filter(([, value]) => value !== '').map(([name, value]) => [`${INDENT}${name}`, value]),
      Infinity,
    ),
    ...refusalLines(worker, canvas.columns, style),
    ...worker.builds.map(
      ({ project, build_number: number, attempt }) =>
        `${INDENT}runs ${project}#${number} (attempt ${attempt})`,
    ),
    ...intervalLines(worker, style),
  ];
}

/** What to do with the token of a new worker. It is shown this once. */
export function addedLines({ worker, token }: z.infer<typeof AddedWorker>): string[] {
  return [
    `${worker.name} is added. Its host needs, beside its other settings, for supervisor and worker:`,
    '',
    `${INDENT}KILN_WORKER_ID=${worker.id}`,
    `${INDENT}KILN_WORKER_TOKEN=${token}`,
    '',
    'The token is not shown again.',
  ];
}

function statusOf({ status, scheduling, running, quarantined_until: until }: Worker): string {
  const wanted = scheduling === 'draining' && running === 0 ? 'drained' : scheduling;
  return [status, ...(wanted === 'open' ? [] : [wanted]), ...(until === null ? [] : ['quarantined'])].join(
    ', ',
  );
}

function refusalLines({ name, refusal }: Worker, columns: number, style: Style): string[] {
  if (refusal === null) return [];
  const text = `takes no new builds: ${name} ${refusal}`;
  return wrapWords(text, Math.max(40, columns - INDENT.length)).map((line) => `${INDENT}${style.dim(line)}`);
}

function intervalLines({ intervals }: WorkerPage, style: Style): string[] {
  if (intervals.length === 0) return [];
  const rows = intervals.map(({ state, began_at: begin, ended_at: end, reasons }) => [
    `${INDENT}${minute(begin)}`,
    end === null ? 'until now' : `until ${minute(end)}`,
    state,
    reasons.join(', '),
  ]);
  return ['', style.dim('How it was lately (UTC)'), ...tableLines(rows, Infinity)];
}

function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

function uptimeOf({ uptime_percent: percent }: Worker): string {
  return percent === null ? '-' : `${percent.toFixed(2)} %`;
}

function pairs(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function diskOf({
  free_bytes: free,
  reserve_bytes: reserve,
  free_inodes: inodes,
}: NonNullable<Worker['disk']>): string {
  const files = inodes === null ? '' : `, room for ${inodes} files`;
  return `${formatBytes(free)} free, ${formatBytes(reserve)} in reserve${files}`;
}
