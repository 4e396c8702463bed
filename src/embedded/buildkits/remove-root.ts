import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ensurePrograms } from '../programs.js';
import type { BuildkitRoot } from '../services/buildkit-root.js';

/**
 * Removes a root with its record and log. It leaves its place at once, so that no BuildKit ever starts on half of one. Call it only while
 * none runs on it.
 */
export async function removeRoot(stateFolder: string, { folder, serviceName }: BuildkitRoot): Promise<void> {
  const aside = `${folder}-gone-${randomUUID().slice(0, 8)}`;
  await rename(folder, aside);
  for (const path of [join('services', `${serviceName}.json`), join('logs', `${serviceName}.log`)])
    await rm(join(stateFolder, path), { force: true });
  try {
    await rm(aside, { recursive: true, force: true });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (process.getuid?.() === 0 || !['EACCES', 'EPERM'].includes(code)) throw error;
    // Files of images belong to other users of this user's range, and only a namespace of his may remove them.
    const { rootlesskit } = await ensurePrograms(['rootlesskit']);
    await execa(rootlesskit.path, ['rm', '-rf', '--', aside]);
  }
}
