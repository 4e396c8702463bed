import type { RunUsage } from '../../ports/runner.js';
import { diskBytes, memoryBytes, type ProcessInfo } from './processes.js';
import type { RunFile } from './run-files.js';

const TICK_MS = 10;

/** What the living processes of a run have used so far; null for what /proc does not show. */
export function liveUsage(members: readonly ProcessInfo[], run: RunFile | null): RunUsage {
  const durationMs = run === null ? null : Math.max(0, Date.now() - Date.parse(run.startedAt));
  const cpuMs = sum(members.map((member) => (member.ownTicks + member.reapedTicks) * TICK_MS));
  const disks = members.map((member) => diskBytes(member.pid));
  return {
    peakMemoryBytes: sum(members.map((member) => memoryBytes(member.pid, 'VmHWM'))),
    cpuUsagePercent: cpuMs === null || !durationMs ? null : Math.round((cpuMs / durationMs) * 1000) / 10,
    diskReadBytes: sum(disks.map((disk) => disk && disk.readBytes)),
    diskWriteBytes: sum(disks.map((disk) => disk && disk.writeBytes)),
    durationMs,
  };
}

/** Null when nothing was measured. */
function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
