import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes what people have installed of a checkout that is compiled: without sources, so that a command does not look at each of them.
 * @returns the program.
 */
export function installKiln(checkout, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(path.join(checkout, part), path.join(folder, part), { recursive: true });
  symlinkSync(path.join(checkout, 'node_modules'), path.join(folder, 'node_modules'));
  return path.join(folder, 'bin', 'kiln.cjs');
}
