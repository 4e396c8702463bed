import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { readJsonFile, writeDurably } from './durable-file.js';

/** Which host this is: made once and kept in its state folder, so that a second one with the same token can be told from it. */
export async function readHostId(stateFolder: string): Promise<string> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const file = path.join(stateFolder, 'host.json');
  const kept = await readJsonFile<{ readonly id?: unknown }>(file);
  if (typeof kept?.id === 'string') return kept.id;
  const id = randomUUID();
  await writeDurably(file, JSON.stringify({ id }));
  return id;
}
