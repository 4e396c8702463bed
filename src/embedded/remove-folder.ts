import { rm } from 'node:fs/promises';
import { execa } from 'execa';
import { ensurePrograms } from './programs.js';

/**
 * Removes a folder with all that builds left in it. Where BuildKit runs as an ordinary user, files of an image belong to other users of
 * his range, and only his namespace may remove them.
 */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (process.getuid?.() === 0 || !['EACCES', 'EPERM'].includes(code)) throw error;
    const { rootlesskit } = await ensurePrograms(['rootlesskit']);
    await execa(rootlesskit.path, ['rm', '-rf', '--', folder]);
  }
}
