import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { heapOf } from './heap.mjs';
import { buildsPerSecond } from './noop-builds.mjs';

const MB = 1024 * 1024;
const OURS = ['api', 'controller', 'supervisor', 'worker'];
/** By then what follows a build, its exploration and signing, is done. */
const SETTLED_MS = 3_000;
/** As many builds fill caches, pools and compiled code; what grows after them grows. */
export const WARM_UP_BUILDS = 500;

/**
 * What each process keeps of a build: builds by the stub engine, which go through supervisor and worker, and after every `every` of them what
 * is in use once the garbage is collected.
 * @returns points `{builds, heap, resident}`, the last two in bytes by process; worker threads of a process count as one more.
 */
export async function measureMemory(site, { builds, every, atOnce }) {
  const points = [await pointAt(site, 0)];
  for (let made = every; made <= builds; made += every) {
    await buildsPerSecond(site, { builds: every, atOnce, method: 'buildx' });
    points.push(await pointAt(site, made));
  }
  return points;
}

async function pointAt(site, builds) {
  await sleep(SETTLED_MS);
  const heap = {};
  for (const name of OURS) {
    const { main, threads } = await heapOf({ pid: site.pids()[name], logFile: site.logFile(name) });
    heap[name] = main;
    if (threads > 0) heap[`${name}_threads`] = threads;
  }
  const resident = Object.fromEntries(
    Object.entries(residentMb(site.pids())).map(([name, mb]) => [name, Math.round(mb * MB)]),
  );
  return { builds, heap, resident };
}

/** Bytes a build that each process keeps, with the standard error, from the points after the warm-up. */
export function bytesPerBuild(points, kind) {
  const late = points.filter(({ builds }) => builds >= WARM_UP_BUILDS);
  const names = Object.keys(late[0]?.[kind] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, slope(late.map((point) => [point.builds, point[kind][name]]))]),
  );
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
