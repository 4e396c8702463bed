import { chmod, rm } from 'node:fs/promises';

/** Removes a folder whatever the modes of the folders in it: an ordinary user owns work folders of overlays that nobody may read. */
export async function removeFolder(folder: string): Promise<void> {
  let opened = '';
  for (;;) {
    try {
      return await rm(folder, { recursive: true, force: true });
    } catch (error) {
      const { code, path } = error as NodeJS.ErrnoException;
      if (code !== 'EACCES' || path === undefined || path === opened) throw error;
      await chmod(path, 0o700);
      opened = path;
    }
  }
}
