import path from 'node:path';
import { CommandFailure } from './failure.js';
import { EXIT } from './exit-codes.js';

/** Runs what writes a file that somebody has named; says in their words why it cannot be written. */
export async function writingTo<T>(file: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw told(file, error);
  }
}

function told(file: string, error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  const folder = path.dirname(file);
  const refused = (message: string, fix: string): CommandFailure =>
    new CommandFailure('invalid_request', { message, fix, cause: error, exitCode: EXIT.refused });
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return refused(`There is no folder ${folder}.`, 'Make it, or name a file in another folder with -o.');
    case 'EISDIR':
      return refused(`${file} is a folder.`, `Name a file in it, as in -o ${path.join(file, 'NAME')}.`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return refused(`You may not write ${file}.`, 'Name a file in a folder of yours with -o.');
    case 'ENOSPC':
    case 'EDQUOT':
      return refused(
        `The disk with ${folder} is full.`,
        'Make room, or name a file on another disk with -o.',
      );
    default:
      return error;
  }
}
