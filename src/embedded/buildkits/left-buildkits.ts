import { isSameProcess } from '../process-identity.js';
import { clearBuildkit, wasOpened } from '../services/buildkit-leftovers.js';
import { type BuildkitRoot, listRoots } from '../services/buildkit-root.js';
import { readServiceRecord, writeServiceRecord } from '../services/service-record.js';
import { stopProcess } from '../services/stop-process.js';

/** The roots whose BuildKit was neither stopped in order nor cleared since. */
export async function leftBuildkits(stateFolder: string): Promise<BuildkitRoot[]> {
  return (await listRoots(stateFolder)).filter(({ folder }) => wasOpened(folder));
}

/** Ends what runs of these BuildKits and takes away what they leave. Call it only while no `kiln up` serves from the folder. */
export async function endLeftBuildkits(
  stateFolder: string,
  left: readonly BuildkitRoot[],
  runcPath: string,
): Promise<void> {
  for (const { serviceName, folder } of left) {
    const record = await readServiceRecord(stateFolder, serviceName);
    if (record?.process !== undefined && isSameProcess(record.process))
      await stopProcess(record.process, { signal: 'SIGTERM', graceMs: 3_000 });
    await clearBuildkit(folder, runcPath);
    await writeServiceRecord(stateFolder, serviceName, { ports: {}, folder });
  }
}
