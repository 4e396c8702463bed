import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArgumentProblem, type DrillArguments, readArguments, USAGE } from './arguments.js';
import { drillBugs } from './bugs/drill-bugs.js';
import { drill } from './drill.js';
import { drawOrders } from './orders.js';
import { describeFault, drawPlan } from './plan.js';
import { hasPassed, printReport, reportOf } from './report.js';

const say = (text: string): void => console.error(text);

/**
 * `npm run drill`: gives the exit code. 1 where a promise was broken, a fault was left out or a bug was not caught, 2 for arguments that
 * cannot be understood, 130 when it was interrupted; what it had started is ended then.
 */
export async function main(root: string, args: string[]): Promise<number> {
  let given: DrillArguments;
  try {
    given = readArguments(args);
  } catch (error) {
    if (!(error instanceof ArgumentProblem)) throw error;
    say(`${error.message}\nWhat there is: npm run drill -- --help`);
    return 2;
  }
  if (given.help) {
    console.log(USAGE);
    return 0;
  }
  const signal = interrupts();
  try {
    if (!given.bugs) return await drillOnce(root, given, signal);
    return await drillBugs({ root, only: given.only, json: given.json, keep: given.keep, say, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    return 130;
  }
}

/** Aborts at SIGINT and SIGTERM. npm passes on what the terminal has sent already, so a second one changes nothing. */
function interrupts(): AbortSignal {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interrupted.signal.aborted) return;
      say('interrupted; ending what was started');
      // Clients and faults that are under way fail when their Kiln ends.
      process.on('unhandledRejection', () => undefined);
      interrupted.abort();
    });
  }
  return interrupted.signal;
}

async function drillOnce(root: string, given: DrillArguments, signal: AbortSignal): Promise<number> {
  const { builds, kills, seed, leaseTtlMs, zombieMs, atOnce } = given;
  const plan = drawPlan({ kills, seed, hosts: 2, zombieMs });
  say([`seed ${seed}: ${builds} builds, ${plan.length} faults`, ...plan.map(describeFault)].join('\n'));
  const scratch = mkdtempSync(join(tmpdir(), 'kiln-drill-'));
  const startedAt = Date.now();
  try {
    const result = await drill({
      ...{ root, scratch, plan, leaseTtlMs, say, atOnce, signal },
      orders: drawOrders(builds, seed, { real: given.real }),
      ...{ endTimeoutMs: 180_000 + zombieMs, restTimeoutMs: 60_000, sabotage: [] },
    });
    const report = reportOf(result, { seed, seconds: (Date.now() - startedAt) / 1_000 });
    if (given.json) console.log(JSON.stringify(report));
    else printReport(report);
    return hasPassed(report) ? 0 : 1;
  } finally {
    if (given.keep) say(`kept: ${scratch}`);
    else await rm(scratch, { recursive: true, force: true });
  }
}
