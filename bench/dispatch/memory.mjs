import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { heapOf } from './heap.mjs';
import { buildsPerSecond } from './noop-builds.mjs';

const MB = 1024 * 1024;
const OURS = ['api', 'controller', 'supervisor', 'worker'];
const LOOK_MS = 500;
/** As many builds fill caches, pools and compiled code; what grows after them grows. */
export const WARM_UP_BUILDS = 500;

/**
 * What these processes keep of a build: after every `every` builds, and once nothing is left to do for any of them, what is in use when garbage is
 * collected.
 * @returns points `{builds, heap, resident}`, the last two in bytes by process; worker threads of a process count as one more.
 */
export async function measureMemory(site, { builds, every, atOnce, method, processes }) {
  const client = await Connection.connect({ address: site.temporal.address });
  const points = [];
  try {
    for (let made = 0; made <= builds; made += every) {
      if (made > 0) await buildsPerSecond(site, { builds: every, atOnce, method });
      await settled(client, site.temporal.namespace);
      points.push(await pointAt(site, processes, made));
      // For whoever waits: on a busy machine all of it takes an hour.
      console.error(`${made} of ${builds} builds: ${inMb(points.at(-1).heap)}`);
    }
  } finally {
    await client.close();
  }
  return points;
}

/** What follows a build, its exploration and signing, is of workflows that are open until then, and in the memory of who runs them. */
async function settled(client, namespace) {
  const open = { namespace, query: "ExecutionStatus = 'Running'" };
  do await sleep(LOOK_MS);
  while (Number((await client.workflowService.countWorkflowExecutions(open)).count) > 0);
}

async function pointAt(site, processes, builds) {
  const heap = {};
  for (const name of processes) {
    const { main, threads } = await heapOf({ pid: site.pids()[name], logFile: site.logFile(name) });
    heap[name] = main;
    if (threads > 0) heap[`${name}_threads`] = threads;
  }
  const mb = residentMb(site.pids());
  return { builds, heap, resident: Object.fromEntries(processes.map((name) => [name, mb[name] * MB])) };
}

function inMb(heap) {
  return Object.entries(heap)
    .map(([name, bytes]) => `${name} ${(bytes / MB).toFixed(1)} MB`)
    .join(', ');
}

/** Whole bytes that each process keeps of a build, with the standard error, from the points after the warm-up. */
export function bytesPerBuild(points, kind) {
  const late = points.filter(({ builds }) => builds >= WARM_UP_BUILDS);
  const names = Object.keys(late[0]?.[kind] ?? {});
  const told = (name) => {
    const { slope: bytes, error } = slope(late.map((point) => [point.builds, point[kind][name] ?? 0]));
    return { bytes: Math.round(bytes), error: error === null ? null : Math.round(error) };
  };
  return Object.fromEntries(names.map((name) => [name, told(name)]));
}

/** Resident memory of each of Kiln's own processes, in MB. */
export function residentMb(pids) {
  return Object.fromEntries(
    OURS.map((name) => {
      const [, kb = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pids[name]}/status`, 'utf8')) ?? [];
      return [name, (Number(kb) * 1024) / MB];
    }),
  );
}

/**
 * A line through points by least squares: what y grows by when x grows by one, and the standard error of that, null for fewer than three
 * points or where all are at one x.
 */
export function slope(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))];
  const over = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  const under = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  const grows = under === 0 ? 0 : over / under;
  const missed = points.reduce((sum, [at, value]) => sum + (value - y - grows * (at - x)) ** 2, 0);
  const isTold = points.length > 2 && under > 0;
  return { slope: grows, error: isTold ? Math.sqrt(missed / (points.length - 2) / under) : null };
}
