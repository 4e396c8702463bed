import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildkitRoot } from '../services/buildkit-root.js';

/**
 * Takes a root out of its place at once, so that no BuildKit ever starts on half of one, and gives where it lies; null when it is gone
 * already. To be called while none runs on it.
 */
export async function setRootAside(stateFolder: string, root: BuildkitRoot): Promise<string | null> {
  const aside = `${root.folder}-gone-${randomUUID().slice(0, 8)}`;
  try {
    await rename(root.folder, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  for (const path of [join('services', `${root.serviceName}.json`), join('logs', `${root.serviceName}.log`)])
    await rm(join(stateFolder, path), { force: true });
  return aside;
}
