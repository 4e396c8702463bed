import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { KilnError } from '../domain/errors.js';
import { removeLeftGroups } from './left-groups.js';
import { endLeftRuns } from './left-runs.js';
import { isSameProcess } from './process-identity.js';
import { ensurePrograms } from './programs.js';
import { endLeftBuildkits, leftBuildkits } from './buildkits/left-buildkits.js';
import { readServiceRecord } from './services/service-record.js';
import { stopProcess } from './services/stop-process.js';

/** What `stopOrphans` found. */
export interface StoppedOrphans {
  /** How many services it ended. */
  readonly ended: number;
  /** What it could not end, as `name (process 123)`. */
  readonly left: readonly string[];
}

/**
 * Ends the services of a state folder whose `kiln up` was killed, with what BuildKit leaves, and waits for the runs that its supervisor
 * had. A recycled pid is left alone. Call it only while no `kiln up` serves from the folder. Throws what `ensurePrograms` throws
 * where BuildKit ran and runc, which ends its RUN steps, can no longer be had.
 */
export async function stopOrphans(stateFolder: string): Promise<StoppedOrphans> {
  const files = await readdir(join(stateFolder, 'services')).catch(() => []);
  const names = files.flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []));
  const orphans: { name: string; pid: number; startTime: string }[] = [];
  for (const name of names) {
    const record = await readServiceRecord(stateFolder, name);
    if (record?.process !== undefined && isSameProcess(record.process))
      orphans.push({ name, ...record.process });
  }
  await Promise.all(orphans.map((orphan) => stopProcess(orphan, { signal: 'SIGINT', graceMs: 10_000 })));
  const buildkits = await leftBuildkits(stateFolder);
  if (buildkits.length > 0) {
    const { runc } = await ensurePrograms(['runc']);
    await endLeftBuildkits(stateFolder, buildkits, runc.path);
  }
  const left = [
    ...orphans.filter(isSameProcess),
    ...(await endLeftRuns(stateFolder)).map((pid) => ({ name: 'a run', pid })),
  ];
  await removeLeftGroups(stateFolder);
  return {
    ended: orphans.filter((orphan) => !isSameProcess(orphan)).length,
    left: left.map(({ name, pid }) => `${name} (process ${pid})`),
  };
}

/** Raises `stop_incomplete` that names what goes on, as `StoppedOrphans` lists it. */
export function refuseLeft(left: readonly string[]): void {
  if (left.length === 0) return;
  throw new KilnError('stop_incomplete', { message: `Still there: ${left.join(', ')}.` });
}
