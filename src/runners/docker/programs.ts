import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { KilnError } from '../../domain/errors.js';

/** Where a program lies: an absolute path as it is, a name by the PATH of the plan. Null where it cannot be started. */
export async function locateProgram(
  program: string,
  env: Readonly<Record<string, string>>,
): Promise<string | null> {
  const folders = path.isAbsolute(program) ? [''] : (env['PATH'] ?? '').split(':');
  for (const folder of folders) {
    const file = path.join(folder, program);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return null;
}

/** The same; raises `program_missing` where it cannot be started. */
export async function requireProgram(
  program: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const file = await locateProgram(program, env);
  if (file !== null) return file;
  throw new KilnError('program_missing', {
    message: `The program ${path.basename(program)} could not be started.`,
    detail: program,
  });
}
