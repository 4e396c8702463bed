import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openScratch } from './closing.mjs';
import { ensureBuilt, ensureDependencies } from '../bin/bootstrap.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SUITE = 'test/scenarios/publication.e2e.test.ts';
const ENGINES = ['buildx', 'stub'];

export const USAGE = `npm run bench -- publish-kills [--engine ${ENGINES.join('|')}] [--rounds N] [--seed N] [--json]
  kills each process at each point of a publication, again and again`;

/** Kills each process at each point of a publication, again and again, by the suite that does so once. A violation makes the exit code 1. */
export async function measure(args, closing) {
  const { values: options } = parseArgs({
    args,
    options: {
      engine: { type: 'string', default: 'buildx' },
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
    },
  });
  if (!/^[1-9]\d*$/.test(options.rounds)) throw new Error('--rounds is a number from 1 on.');
  if (!ENGINES.includes(options.engine)) throw new Error(`--engine is one of ${ENGINES.join(', ')}.`);
  await ensureDependencies();
  await ensureBuilt();
  const scratch = await openScratch(closing);
  const report = path.join(scratch, 'cells');
  const code = await runSuite(closing, {
    KILN_KILL_ROUNDS: options.rounds,
    KILN_KILL_SEED: options.seed,
    KILN_KILL_ENGINE: options.engine,
    KILN_KILL_REPORT: report,
  });
  const cells = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n').map(parse) : [];
  const rows = summed(cells);
  if (options.json) console.log(JSON.stringify({ ...options, rounds: Number(options.rounds), rows }));
  else print(rows);
  process.exitCode = code === 0 ? 0 : 1;
}

const parse = (line) => JSON.parse(line);

/** What the suite says goes to standard error. */
async function runSuite(closing, env) {
  const args = ['node_modules/vitest/vitest.mjs', 'run', SUITE, '-t', 'is killed|were disturbed'];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, KILN_TEST_LEVEL: 'servers', ...env },
    stdio: ['ignore', 2, 2],
  });
  const { awaitedLater } = await import('../dist/src/domain/awaited-later.js');
  const ended = awaitedLater(once(child, 'close'));
  await closing.open(
    () => child,
    async () => {
      child.kill('SIGTERM');
      await ended.catch(() => undefined);
    },
  );
  return (await ended)[0];
}

/** One row for each victim and point. A kill that came when the publication had gone on by itself is one too, but not of that point. */
function summed(cells) {
  const rows = new Map();
  for (const { victim, point, stood, violations } of cells) {
    const key = `${victim} ${point}`;
    const row = rows.get(key) ?? { victim, point, rounds: 0, at_the_point: 0, violations: [] };
    row.rounds += 1;
    row.at_the_point += stood ? 1 : 0;
    row.violations.push(...violations);
    rows.set(key, row);
  }
  return [...rows.values()].sort((a, b) => a.victim.localeCompare(b.victim));
}

function print(rows) {
  for (const { victim, point, rounds, at_the_point, violations } of rows) {
    const counts = `${rounds} rounds, ${at_the_point} at the point, ${violations.length} violations`;
    console.log(`${victim.padEnd(10)} ${point.padEnd(40)} ${counts}`);
    for (const text of violations) console.log(`  ${text}`);
  }
  const sum = (field) => rows.reduce((total, row) => total + field(row), 0);
  console.log(
    `${sum(({ rounds }) => rounds)} publications, ${sum(({ violations }) => violations.length)} violations`,
  );
}
