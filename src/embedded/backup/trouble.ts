import { KilnError } from '../../domain/errors.js';
import { asSetupError } from '../../storage/admin-trouble.js';

/** What a file system refuses, and what to do about it. */
const CAUSES: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: make room, or name a folder on another disk.',
  EDQUOT: 'The quota of this user is used up: make room, or name a folder on another disk.',
  EACCES: 'This user may not read or write there.',
  EPERM: 'This user may not read or write there.',
  EROFS: 'That file system can only be read.',
  EIO: 'The disk fails there: use another copy, or another disk.',
  ENOENT: 'There is no such file or folder.',
  ENOTDIR: 'A file lies where a folder is expected.',
  EISDIR: 'A folder lies where a file is expected.',
};

/** Runs `work`; what the file system or PostgreSQL refuses is told as `backup_failed` with what to do. */
export async function tellTrouble<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (cause instanceof KilnError || code === undefined) throw cause;
    const told = CAUSES[code] === undefined ? asSetupError(cause).message : `${CAUSES[code]} (${message})`;
    throw new KilnError('backup_failed', { message: told, cause });
  }
}
