import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is left of one build (a tidied staging tag, a shim that gets ready) is not to fall on the next. */
const PAUSE_MS = 1_000;

/**
 * Takes both in turn, so that the machine's mood hits them alike; the first of each only warms up.
 * @returns the figures of each in milliseconds: what the function gave, by name.
 */
export async function alternate(rounds, sides) {
  const taken = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, take] of Object.entries(sides)) {
      await sleep(PAUSE_MS);
      const figures = await take();
      if (round > 0) taken[name].push(figures);
    }
  }
  return taken;
}

/** Median with the extremes, in whole milliseconds. */
export function summary(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b).map(Math.round);
  return { median: sorted[Math.floor((sorted.length - 1) / 2)], min: sorted[0], max: sorted.at(-1) };
}

/** The value under which so many per cent of the numbers lie; the nearest of them. */
export function percentile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((share / 100) * sorted.length) - 1)];
}

/** Runs commands one after the other. Gives the milliseconds from the first start to the last exit, and the last one's stdout. */
export async function timed(commands, env) {
  const startedMs = performance.now();
  let stdout = '';
  for (const command of commands) stdout = await run(command, env);
  return { elapsedMs: performance.now() - startedMs, stdout };
}

function run([program, ...args], env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    const out = [];
    const err = [];
    child.stdout.on('data', (bytes) => out.push(bytes));
    child.stderr.on('data', (bytes) => err.push(bytes));
    child.once('error', reject);
    child.once('close', (code) => {
      const [stdout, stderr] = [out, err].map((parts) => Buffer.concat(parts).toString());
      if (code === 0) resolve(stdout);
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`));
    });
  });
}
