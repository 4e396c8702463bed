import { transformSync } from 'esbuild';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TARGET = path.join(ROOT, 'node_modules/.cache/kiln-test-sources');
const FOLDERS = ['src', 'test/support'];

/**
 * Compiles the sources for tests that start real Node processes, without checking types, and gives the path of one
 * compiled file. Files that did not change are not compiled again.
 */
export function compiledSource(file: string): string {
  for (const folder of FOLDERS) compileFolder(folder);
  writeIfChanged(path.join(TARGET, 'package.json'), '{ "type": "module" }');
  return path.join(TARGET, file.replace(/\.ts$/, '.js'));
}

function compileFolder(folder: string): void {
  for (const entry of readdirSync(path.join(ROOT, folder), { withFileTypes: true })) {
    const inside = path.join(folder, entry.name);
    if (entry.isDirectory()) compileFolder(inside);
    else if (entry.name.endsWith('.ts')) compileFile(inside);
  }
}

function compileFile(file: string): void {
  const source = path.join(ROOT, file);
  const target = path.join(TARGET, file.replace(/\.ts$/, '.js'));
  const isFresh = (statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0) > statSync(source).mtimeMs;
  if (isFresh) return;
  const { code } = transformSync(readFileSync(source, 'utf8'), {
    sourcefile: source,
    loader: 'ts',
    target: 'es2022',
  });
  writeIfChanged(target, code);
}

function writeIfChanged(target: string, content: string): void {
  mkdirSync(path.dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, target);
}
