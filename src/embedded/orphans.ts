import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSameProcess } from './process-identity.js';
import { ensurePrograms } from './programs.js';
import { clearBuildkit } from './services/buildkit-leftovers.js';
import { readServiceRecord } from './services/service-record.js';
import { stopProcess } from './services/stop-process.js';

/**
 * Ends the services of a state folder whose `kiln up` was killed, with what BuildKit leaves, and says how many services there
 * were. A recycled pid is left alone. Call it only while no `kiln up` serves from the folder. Throws what `ensurePrograms` throws
 * where BuildKit ran and runc, which ends its RUN steps, can no longer be had.
 */
export async function stopOrphans(stateFolder: string): Promise<number> {
  const files = await readdir(join(stateFolder, 'services')).catch(() => []);
  const names = files.flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []));
  const records = await Promise.all(names.map((name) => readServiceRecord(stateFolder, name)));
  const orphans = records.flatMap((record) =>
    record?.process !== undefined && isSameProcess(record.process) ? [record.process] : [],
  );
  await Promise.all(orphans.map((orphan) => stopProcess(orphan, { signal: 'SIGINT', graceMs: 10_000 })));
  if (names.includes('buildkit')) {
    const { runc } = await ensurePrograms(['runc']);
    await clearBuildkit(stateFolder, runc.path);
  }
  return orphans.length;
}
