import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';

/** The command line in one file, beside the entry that it was made of: paths relative to the entry hold for it too. */
export const BUNDLE = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../dist/src/main/kiln.bundle.cjs',
);
/** What V8 made of the bundle. Of another version of Node it is refused, and the bundle is compiled again. */
export const CODE_CACHE = `${BUNDLE}.cache`;

/**
 * The `main` of the command line, from the bundle where there is one that will do.
 * @param entry URL of the compiled entry, which can do everything.
 */
export async function loadMain(entry, argv) {
  const bundle = loadBundle();
  if (bundle !== null && !bundle.needsFiles(argv)) return bundle.main;
  return (await import(entry)).main;
}

/** Evaluates the bundle; null where there is none. `script` makes a new code cache. */
export function loadBundle() {
  // esbuild writes ASCII alone, which is read faster as one byte a character.
  const source = read(BUNDLE)?.toString('latin1');
  if (source === undefined) return null;
  const cachedData = read(CODE_CACHE);
  const wrapped = `(function (exports, require, module, __filename) {${source}\n})`;
  const script = new vm.Script(wrapped, { filename: BUNDLE, cachedData });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(BUNDLE), module, BUNDLE);
  return { script, ...module.exports };
}

/** Undefined where there is no such file. */
function read(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}
