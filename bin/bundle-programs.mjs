import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/*
 * Puts the programs of Kiln with all that they import into parts that they share: to find, read and link two thousand modules one by one
 * takes most of the time in which a process starts.
 */
const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const FOLDER = path.join(ROOT, 'dist/bundles');
const KEPT_MS = 24 * 3_600_000;
const PROGRAMS = ['kiln', 'api', 'controller', 'supervisor', 'worker', 'explore-thread'];

const { metafile } = await build({
  absWorkingDir: ROOT,
  metafile: true,
  entryPoints: PROGRAMS.map((name) => `dist/src/main/${name}.js`),
  outdir: FOLDER,
  chunkNames: 'part-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
  // They find their own parts beside their files, and none is needed to start.
  external: ['open', 'source-map-loader', 'swc-loader', 'webpack'],
  banner: {
    js: "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);",
  },
  plugins: [{ name: 'files stay where they are', setup: keepPlaces }],
});

// What runs may still load parts that it has not needed yet: they go a day after they were replaced.
const LIST = path.join(FOLDER, 'parts.json');
const before = new Set(fs.existsSync(LIST) ? JSON.parse(read(LIST)) : []);
const now = new Set(Object.keys(metafile.outputs).map((file) => path.basename(file)));
for (const name of fs.readdirSync(FOLDER).filter((one) => !now.has(one) && one !== 'parts.json')) {
  const file = path.join(FOLDER, name);
  if (before.has(name)) fs.utimesSync(file, new Date(), new Date());
  else if (Date.now() - fs.statSync(file).mtimeMs > KEPT_MS) fs.rmSync(file);
}
fs.writeFileSync(LIST, JSON.stringify([...now]));

/** A module that looks for files beside its own finds them there from a bundle too: each of ours, and those of packages that run. */
function keepPlaces(bundler) {
  bundler.onLoad({ filter: /\/dist\/src\/.*\.js$/ }, ({ path: file }) => {
    const contents = read(file);
    if (!contents.includes('import.meta.url')) return undefined;
    const place = JSON.stringify(path.relative(FOLDER, file));
    return { contents: contents.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`) };
  });
  rewrite(/@temporalio\/core-bridge\/common\.js$/, /__dirname/g, () => {
    return "path.dirname(require.resolve('@temporalio/core-bridge/package.json'))";
  });
  rewrite(
    /@temporalio\/worker\/lib\/workflow\/(bundler|threaded-vm)\.js$/,
    /require\.resolve\('(\.[^']+)'\)/g,
    (_whole, name) => `require.resolve('${path.posix.join('@temporalio/worker/lib/workflow', name)}')`,
  );

  /** Raises where nothing is found: another version of the package looks for its files in another way. */
  function rewrite(filter, found, by) {
    bundler.onLoad({ filter }, ({ path: file }) => {
      const original = read(file);
      const contents = original.replaceAll(found, by);
      if (contents === original) throw new Error(`${file} holds nothing like ${found}`);
      return { contents };
    });
  }
}

function read(file) {
  return fs.readFileSync(file, 'utf8');
}
