import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Edit } from './bug.js';

const LINKED = ['node_modules', 'migrations', 'tools', 'web', 'docs', 'package.json', 'package-lock.json'];

/**
 * Makes a copy of what was compiled in `root`, without sources, so that nothing compiles it again, changes it there, and bundles its programs. Raises where a
 * text does not stand exactly once in its file: the code has changed, and the bug has to follow.
 */
export function copyWithBug(root: string, copy: string, edits: readonly Edit[]): void {
  mkdirSync(copy);
  const bundles = join(root, 'dist/bundles');
  for (const name of ['dist', 'bin'])
    cpSync(join(root, name), join(copy, name), { recursive: true, filter: (file) => file !== bundles });
  for (const name of LINKED) symlinkSync(join(root, name), join(copy, name));
  for (const { file, find, replace } of edits) {
    const path = join(copy, file);
    const parts = readFileSync(path, 'utf8').split(find);
    if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${find}`);
    writeFileSync(path, parts.join(replace));
  }
  execFileSync(process.execPath, [join(copy, 'bin/bundle-programs.mjs')]);
}
