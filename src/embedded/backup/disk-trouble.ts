import { KilnError } from '../../domain/errors.js';

const CAUSES: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: make room, or name a folder on another disk.',
  EDQUOT: 'The quota of this user is used up: make room, or name a folder on another disk.',
  EACCES: 'This user may not read or write there.',
  EPERM: 'This user may not read or write there.',
  EROFS: 'That file system can only be read.',
};

/** Runs `work`; what the file system refuses is told as `backup_failed` with what to do. */
export async function withDiskTrouble<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const told = CAUSES[code ?? ''];
    if (cause instanceof KilnError || told === undefined) throw cause;
    throw new KilnError('backup_failed', { message: `${told} (${message})`, cause });
  }
}
