import fs from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { build } from 'esbuild';
import commandLine from './command-line.cjs';

/*
 * Puts the command line into one file with its code cache: to find, read and compile its modules one by one takes longer than most
 * commands do. What finds its parts beside its own file stays apart (`needsFiles`).
 */
const { BUNDLE, CODE_CACHE, loadBundle } = commandLine;
const folder = path.dirname(BUNDLE);
const partial = `${BUNDLE}.${process.pid}`;

await build({
  entryPoints: [path.join(folder, 'kiln.js')],
  outfile: partial,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
  // Half as much to read and to decode at each start.
  minifyWhitespace: true,
  minifySyntax: true,
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  plugins: [{ name: 'what needs files', setup: leaveApart }],
});
fs.rmSync(CODE_CACHE, { force: true });
fs.renameSync(partial, BUNDLE);
await writeCodeCache();

function leaveApart(bundler) {
  bundler.onResolve({ filter: /^\.\// }, ({ importer, kind, path: name }) =>
    kind === 'dynamic-import' && importer === path.join(folder, 'command-table.js')
      ? { path: name, external: true }
      : undefined,
  );
  bundler.onResolve({ filter: /^open$/ }, ({ path: name }) => ({ path: name, external: true }));
}

/** Of what has run once: a build that fails at its folder has loaded what every build loads. */
async function writeCodeCache() {
  const { script, main } = loadBundle();
  const nowhere = new Writable({ write: (_text, _encoding, done) => done() });
  await main(['build', path.join(folder, 'no-such-folder')], {
    env: {},
    cwd: folder,
    stdin: process.stdin,
    stdout: nowhere,
    stderr: nowhere,
    browser: null,
    onInterrupt: () => () => undefined,
    exitCode: 0,
  });
  fs.writeFileSync(`${CODE_CACHE}.${process.pid}`, script.createCachedData());
  fs.renameSync(`${CODE_CACHE}.${process.pid}`, CODE_CACHE);
}
