import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const processIdentity = z.object({ pid: z.number().int().positive(), startTime: z.string() });

const serviceRecord = z.object({
  /** The process of the service, absent when it was stopped in order. */
  process: processIdentity.optional(),
  /** The Kiln process that started it. */
  owner: processIdentity.optional(),
  /** Port name -> loopback port, kept across restarts. */
  ports: z.record(z.string(), z.number().int()),
  /** Where the service keeps its data. */
  folder: z.string(),
});

/** What is remembered of a service between starts: `<state>/services/<name>.json`. */
export type ServiceRecord = z.infer<typeof serviceRecord>;

/** Reads the record of a service; undefined when there is none or when it cannot be read as one. */
export async function readServiceRecord(
  stateFolder: string,
  name: string,
): Promise<ServiceRecord | undefined> {
  try {
    return serviceRecord.parse(JSON.parse(await readFile(pathOf(stateFolder, name), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Writes the record of a service so that a crash leaves either the old one or the new one. */
export async function writeServiceRecord(
  stateFolder: string,
  name: string,
  record: ServiceRecord,
): Promise<void> {
  const path = pathOf(stateFolder, name);
  await mkdir(join(stateFolder, 'services'), { recursive: true });
  await writeFile(`${path}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${path}.new`, path);
}

function pathOf(stateFolder: string, name: string): string {
  return join(stateFolder, 'services', `${name}.json`);
}
