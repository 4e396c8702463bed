import { chownSync, constants, copyFileSync, linkSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';

/* In a container of a runner the storage and the folder of the run are mounts of their own, between which nothing is linked or renamed. */

/** Makes `to` a link to the file `from`, or a copy of it with the same owner where there can be no link. */
export function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!isOtherMount(error)) throw error;
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
    const { uid, gid } = statSync(from);
    chownSync(to, uid, gid);
  }
}

/** Moves a folder of files to a place that nobody looks at before it is whole. */
export function moveFiles(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isOtherMount(error)) throw error;
    mkdirSync(to);
    for (const name of readdirSync(from)) linkOrCopy(path.join(from, name), path.join(to, name));
    rmSync(from, { recursive: true, force: true });
  }
}

function isOtherMount(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EXDEV';
}
