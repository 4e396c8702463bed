import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './bootstrap-lock.mjs';
import {
  dependencyStamp,
  dependenciesMatchLock,
  hashTree,
  pruneStale,
  sourceStamp,
} from './bootstrap-stamps.mjs';

/** The folder of package.json. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const LOCK = path.join(ROOT, 'dist', '.bootstrap.lock');
const say = (text) => process.stderr.write(`${text}\n`);
const at = (...parts) => path.join(ROOT, ...parts);
const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null);

/** An installed copy has no sources: it is complete as it is. */
const isCheckout = () => fs.existsSync(at('src'));

/** Runs `npm ci` when node_modules is missing or is not what package-lock.json says. Quiet otherwise. */
export async function ensureDependencies() {
  const stampFile = at('node_modules', '.kiln-stamp');
  const isCurrent = () => {
    const stamp = dependencyStamp(ROOT);
    if (read(stampFile) === stamp) return true;
    if (!dependenciesMatchLock(ROOT)) return false;
    fs.writeFileSync(stampFile, stamp);
    return true;
  };
  if (!isCheckout() || isCurrent()) return;
  await withLock(LOCK, say, async () => {
    if (isCurrent()) return;
    await timed('Installing dependencies (npm ci)', 'Dependencies installed', () =>
      run(...npm('ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error')),
    ).catch(() =>
      giveUp(
        'npm ci did not finish.',
        'Check that npm reaches its registry (`npm ping`), then run `npm ci` by hand.',
      ),
    );
    fs.writeFileSync(stampFile, dependencyStamp(ROOT));
  });
}

/**
 * Compiles the sources and bundles workflows and programs when they changed since the last time. `checkTypes: false` is for those who check the
 * types by themselves.
 */
export async function ensureBuilt({ checkTypes = true } = {}) {
  const stampFile = at('dist', '.kiln-stamp');
  const isCurrent = () => read(stampFile) === sourceStamp(ROOT);
  if (!isCheckout() || isCurrent()) return;
  await withLock(LOCK, say, async () => {
    if (isCurrent()) return;
    fs.rmSync(stampFile, { force: true });
    const stamp = sourceStamp(ROOT);
    await timed('Compiling', 'Compiled', () =>
      run(
        process.execPath,
        [
          at('node_modules', 'typescript-native', 'bin', 'tsc'),
          ...['-p', at('tsconfig.build.json')],
          // Each checker looks at the packages' types by itself: four of them do twice the work of two.
          ...(checkTypes ? ['--checkers', '2'] : ['--noCheck']),
        ],
        // A compiler in Go is done sooner when it collects its garbage less often.
        { ...process.env, GOGC: '400' },
      ),
    ).catch(() =>
      giveUp('The sources do not compile.', 'Correct the errors above and run the command again.'),
    );
    pruneStale(ROOT);
    await bundleWorkflows();
    const bundled = await Promise.allSettled(
      ['bundle-cli.mjs', 'bundle-programs.mjs'].map((name) => run(process.execPath, [at('bin', name)])),
    );
    if (bundled.some(({ status }) => status === 'rejected'))
      giveUp('The programs could not be bundled.', 'Correct the errors above and run the command again.');
    fs.writeFileSync(stampFile, stamp);
  });
}

/** Bundles only when what goes into the bundle changed: it is the slow part of a rebuild. */
async function bundleWorkflows() {
  const stampFile = at('dist', '.workflow-stamp');
  const stamp = hashTree(
    ROOT,
    ['dist/workflows', 'dist/src/domain'],
    ['package-lock.json', 'bin/bundle-workflows.mjs'],
  );
  if (read(stampFile) === stamp && fs.existsSync(at('dist', 'workflow-bundle.js'))) return;
  await run(process.execPath, [at('bin', 'bundle-workflows.mjs')]).catch(() =>
    giveUp('The workflows could not be bundled.', 'Correct the errors above and run the command again.'),
  );
  fs.writeFileSync(stampFile, stamp);
}

/** npm that started this process, else the one in PATH. */
function npm(...args) {
  const cli = process.env.npm_execpath;
  return cli && /npm-cli\.js$/.test(cli) ? [process.execPath, [cli, ...args]] : ['npm', args];
}

/** Runs a program with an argv array; its output goes to stderr so that stdout stays the command's own. */
function run(file, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: ROOT, env, stdio: ['ignore', 2, 2] });
    child.once('error', (error) => {
      say(`${file}: ${error.message}`);
      reject(error);
    });
    child.once('close', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(signal ?? `exit ${code}`)),
    );
  });
}

/** Shows on stderr that something takes its time: a running clock on a terminal, two lines elsewhere. */
async function timed(doing, done, work) {
  const start = Date.now();
  const seconds = () => ((Date.now() - start) / 1000).toFixed(1);
  const live = process.stderr.isTTY === true;
  if (!live) say(`${doing}...`);
  const clock = live && setInterval(() => process.stderr.write(`\r\x1b[K${doing}... ${seconds()} s`), 100);
  try {
    await work();
    if (live) process.stderr.write('\r\x1b[K');
    say(`${done} in ${seconds()} s`);
  } finally {
    if (clock) clearInterval(clock);
  }
}

function giveUp(what, todo) {
  say(`\n✗ ${what}\n  ${todo}`);
  process.exit(1);
}
