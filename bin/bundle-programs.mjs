import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/*
 * Puts each program of Kiln with all that it imports into a few files: to find, read and link two thousand modules one by one takes most
 * of the time in which a process starts.
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

for (const name of fs.readdirSync(FOLDER)) {
  const isNew = `dist/bundles/${name}` in metafile.outputs;
  // What runs may still load parts that it has not needed yet.
  if (!isNew && Date.now() - fs.statSync(path.join(FOLDER, name)).mtimeMs > KEPT_MS)
    fs.rmSync(path.join(FOLDER, name));
}

/** A module that looks for files beside its own finds them there from a bundle too. */
function keepPlaces(bundler) {
  const ours = filesBelow(path.join(ROOT, 'dist/src')).filter((file) =>
    read(file).includes('import.meta.url'),
  );
  bundler.onLoad({ filter: exactly(ours) }, ({ path: file }) => {
    const place = JSON.stringify(path.relative(FOLDER, file));
    return { contents: read(file).replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`) };
  });
  bundler.onLoad({ filter: /@temporalio\/core-bridge\/common\.js$/ }, ({ path: file }) => ({
    contents: read(file).replaceAll(
      '__dirname',
      "path.dirname(require.resolve('@temporalio/core-bridge/package.json'))",
    ),
  }));
  bundler.onLoad(
    { filter: /@temporalio\/worker\/lib\/workflow\/(bundler|threaded-vm)\.js$/ },
    ({ path: file }) => ({
      contents: read(file).replaceAll(/require\.resolve\('(\.[^']+)'\)/g, (_whole, name) => {
        const place = path.posix.join('@temporalio/worker/lib/workflow', name);
        return `require.resolve('${place}')`;
      }),
    }),
  );
}

function exactly(files) {
  return new RegExp(`^(${files.map((file) => file.replaceAll(/[^\w/]/g, '\\$&')).join('|')})$`);
}

function filesBelow(folder) {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => path.join(folder, name));
}

function read(file) {
  return fs.readFileSync(file, 'utf8');
}
