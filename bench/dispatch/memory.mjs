import { readFileSync } from 'node:fs';

const MB = 1024 * 1024;

/** Resident memory of each of Kiln's own processes, in MB. */
export function residentMb(pids) {
  const ours = ['api', 'controller', 'supervisor', 'worker'];
  return Object.fromEntries(
    ours.map((name) => {
      const [, kb = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pids[name]}/status`, 'utf8')) ?? [];
      return [name, (Number(kb) * 1024) / MB];
    }),
  );
}

/** The slope of a line through points, by least squares: what y grows by when x grows by one. */
export function slope(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))];
  const over = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  const under = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return under === 0 ? 0 : over / under;
}
