const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');

const MAIN = path.resolve(__dirname, '../dist/src/main');
/** The command line in one file, beside the entry that it was made of: paths relative to the entry hold for it too. */
const BUNDLE = path.join(MAIN, 'kiln.bundle.cjs');
/** What V8 made of the bundle. Of another version of Node it is refused, and the bundle is compiled again. */
const CODE_CACHE = `${BUNDLE}.cache`;

/** The command line with the commands of Kiln itself, in the parts that `bundle-programs.mjs` makes. */
const PROGRAM = path.resolve(__dirname, '../dist/bundles/kiln.js');

/** The `main` of the command line, from the one file where it will do; the program in parts can do everything. */
async function loadMain(argv) {
  const bundle = loadBundle();
  if (bundle !== null && !bundle.needsFiles(argv)) return bundle.main;
  // What fails is told with its place in the sources.
  process.setSourceMapsEnabled(true);
  return (await import(pathToFileURL(PROGRAM).href)).main;
}

/** Evaluates the bundle; null where there is none. `script` makes a new code cache. */
function loadBundle() {
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

module.exports = { BUNDLE, CODE_CACHE, PROGRAM, loadBundle, loadMain };
