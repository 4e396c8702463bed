import { readdirSync, readFileSync } from 'node:fs';

const MS_PER_TICK = 10;

/** Milliseconds of processors that each process of a Kiln has used, with the processes that it has started and that are still there. */
export function usedMs(pids) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => statOf(pid) ?? []);
  const sum = (pid) =>
    all.reduce((total, one) => total + (one.pid === pid || one.parent === pid ? one.usedMs : 0), 0);
  return {
    bench: ownMs(),
    ...Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, sum(pid)])),
  };
}

/** What was used between two looks, for each of so many builds; what used next to nothing is left out. */
export function usedPerBuild(before, after, builds) {
  const each = Object.entries(after).map(([name, ms]) => [name, Math.round((ms - before[name]) / builds)]);
  return Object.fromEntries(each.filter(([, ms]) => ms > 0));
}

function statOf(pid) {
  try {
    // The name in brackets may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [parent, user, system] = [1, 11, 12].map((at) => Number(fields[at]));
    return { pid: Number(pid), parent, usedMs: (user + system) * MS_PER_TICK };
  } catch {
    return null;
  }
}

function ownMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
