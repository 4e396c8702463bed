import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { LineCutter } from '../output/line-cutter.js';
import { shellExitCode } from '../output/exit-code.js';
import { ExportWatch } from './export-watch.js';
import { copyCache, keepCache } from './local-caches.js';
import type { LaunchOrder, RemoteImport } from './order.js';
import { answers } from './registry-answers.js';
import { StageLaunch, writeStages } from './stage-launch.js';
import { stageMark } from './stage-mark.js';

/*
 * Program: `node launcher.js <order.json>`, for builds that read or write caches, and for those that run tests or keep artifacts
 * (stage-launch.ts). BuildKit tells of the image only when its caches are written too. Once the image is pushed this waits for them so
 * long and no longer, and whatever becomes of them the build has succeeded. What buildctl prints passes through as it is.
 */
const KILL_AFTER_MS = 5_000;
const CHECK_EVERY_MS = 200;
const NEWLINE = Buffer.from('\n');
/** As a shell tells of a program that SIGTERM has ended. */
const STOPPED = 143;

const order = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LaunchOrder;
// A stop goes to the whole process group: buildctl ends, and this with it.
let isStopped = false;
process.on('SIGTERM', () => (isStopped = true));
process.exitCode = await launch();

/** One after the other; the first run that fails ends it. */
async function launch(): Promise<number> {
  const answering = await Promise.all(order.remoteImports.map(readsFrom));
  const local = order.imports.filter(({ cache, copy }) => copyCache(cache, copy));
  const imports = [...order.remoteImports.filter((_, at) => answering[at]), ...local].flatMap(
    ({ args }) => args,
  );
  const { stages } = order;
  if (stages === null) return buildImage(imports);
  writeStages(stages);
  const runs = new StageLaunch(stages, imports, say);
  const all = [
    ...stages.before.map((run) => () => runs.build(run)),
    () => {
      say(stageMark('image'));
      return buildImage(imports);
    },
    ...stages.after.map((run) => () => runs.build(run)),
  ];
  for (const run of all) {
    const code = isStopped ? STOPPED : await run();
    if (code !== 0) return code;
  }
  return 0;
}

/** A cache makes a build shorter: it is not to keep one waiting. */
async function readsFrom(cache: RemoteImport): Promise<boolean> {
  const { answerMs } = order.patience;
  const does = await answers(cache, answerMs);
  if (!does)
    warn(
      `The cache in the registry ${cache.registry} is not read: it has not answered for ${answerMs / 1000} seconds.`,
    );
  return does;
}

async function buildImage(imports: readonly string[]): Promise<number> {
  const [file = '', ...args] = order.command;
  const child = spawn(file, [...args, ...imports], {
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const watch = new ExportWatch();
  const cutter = new LineCutter();
  let heardMs = performance.now();
  let why = 'BuildKit ended before they were written';
  const pass = (line: Buffer): void => {
    watch.see(line);
    const [, error] = /^error: (.*)/.exec(line.toString('latin1')) ?? [];
    // Of a build whose image is pushed it is no error.
    if (watch.digest === null || error === undefined) writeAll(Buffer.concat([line, NEWLINE]));
  };
  child.stderr.on('data', (bytes: Buffer) => {
    heardMs = performance.now();
    for (const line of cutter.feed(bytes)) pass(line);
  });
  const stopWaiting = watchTheClock(
    () => ({ isPushed: watch.digest !== null, heardMs }),
    () => {
      why = 'they were not written in time';
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
    },
  );
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  stopWaiting();
  const rest = cutter.finish();
  if (rest !== null) pass(rest);
  if (code === 0) for (const one of order.exports) keep(one);
  else if (watch.digest !== null) return withoutCaches(watch.digest, why);
  return shellExitCode(code, signal);
}

/** Calls `giveUp` once when the image is pushed and its caches take too long. */
function watchTheClock(
  state: () => { readonly isPushed: boolean; readonly heardMs: number },
  giveUp: () => void,
): () => void {
  const { silentMs, totalMs } = order.patience;
  let pushedMs = Infinity;
  const clock = setInterval(() => {
    const { isPushed, heardMs } = state();
    const nowMs = performance.now();
    if (isPushed) pushedMs = Math.min(pushedMs, nowMs);
    if (!isPushed) return;
    if (nowMs - heardMs < silentMs && nowMs - pushedMs < totalMs) return;
    clearInterval(clock);
    giveUp();
  }, CHECK_EVERY_MS);
  return () => clearInterval(clock);
}

/** The image is there: its digest stands in the output, and is put where buildctl would have left it. */
function withoutCaches(digest: string, why: string): number {
  writeFileSync(order.metadataFile, JSON.stringify({ 'containerimage.digest': digest }));
  warn(`The caches of the build were given up: ${why}. The image is pushed, which is what counts.`);
  return 0;
}

function keep({ name, written, cache }: LaunchOrder['exports'][number]): void {
  try {
    const why = keepCache(written, cache);
    if (why !== null) warn(`The local cache ${name} was not kept: ${why}.`);
  } catch (error) {
    warn(`The local cache ${name} was not kept: ${(error as NodeJS.ErrnoException).code ?? 'it failed'}.`);
  }
}

function warn(text: string): void {
  say(`warning: ${text}`);
}

function say(line: string): void {
  writeAll(Buffer.from(`${line}\n`));
}

function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(2, bytes, at);
}
