import { open } from 'node:fs/promises';

/** Makes the names in a folder durable: a rename alone survives a crash of the process, not one of the machine. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
