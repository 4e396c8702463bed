import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { drillBugs } from './bugs/drill-bugs.js';
import { drill } from './drill.js';
import { drawOrders } from './orders.js';
import { signalOne } from './own-kiln.js';
import { describeFault, drawPlan } from './plan.js';
import { hasPassed, printReport, reportOf } from './report.js';
import { processesOf } from './stub-host.js';

const USAGE = `npm run drill -- [options]

  --builds N      builds that clients ask for (200)
  --kills M       SIGKILLs; stops and a zombie come on top (25)
  --seed S        decides what is asked for and what dies when (1)
  --at-once N     builds that are under way at once (16)
  --lease-ms N    how long a lease holds without a renewal (5000)
  --zombie-s N    how long a host is stopped (two times as long as a lease holds)
  --no-real       no builds by BuildKit among them
  --bugs          seeds bugs instead, one after the other, and tells which the checks catch
  --only NAMES    of these bugs only those of these names, by comma
  --keep          leaves the history of the clients and the evidence in a folder
  --json          ends with one line for scripts
`;

/** `npm run drill`: gives the exit code. 1 where a promise was broken, a fault was left out or a bug was not caught. */
export async function main(root: string, args: string[]): Promise<number> {
  const { values: given } = parseArgs({
    args,
    options: {
      ...{ builds: { type: 'string', default: '200' }, kills: { type: 'string', default: '25' } },
      ...{ seed: { type: 'string', default: '1' }, 'at-once': { type: 'string', default: '16' } },
      ...{ 'lease-ms': { type: 'string', default: '5000' }, 'zombie-s': { type: 'string' } },
      ...{ real: { type: 'boolean', default: true }, only: { type: 'string' } },
      ...{ bugs: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
      ...{ json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    },
    allowNegative: true,
  });
  if (given.help) {
    console.log(USAGE);
    return 0;
  }
  const say = (text: string): void => console.error(text);
  if (given.bugs) return drillBugs({ root, only: given.only?.split(',') ?? null, json: given.json, say });
  const [builds, kills, seed] = [Number(given.builds), Number(given.kills), Number(given.seed)];
  const leaseTtlMs = Number(given['lease-ms']);
  const zombieMs = given['zombie-s'] === undefined ? leaseTtlMs * 2 : Number(given['zombie-s']) * 1_000;
  const plan = drawPlan({ kills, seed, hosts: 2, zombieMs });
  say([`seed ${seed}: ${builds} builds, ${plan.length} faults`, ...plan.map(describeFault)].join('\n'));
  const scratch = mkdtempSync(join(tmpdir(), 'kiln-drill-'));
  const startedAt = Date.now();
  // `kiln up` ends by itself when this process is gone; the hosts would go on.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      for (const pid of processesOf(join(scratch, 'host-1')).concat(processesOf(join(scratch, 'host-2'))))
        signalOne(pid, 'SIGKILL');
      process.exit(130);
    });
  }
  try {
    const result = await drill({
      ...{ root, scratch, plan, leaseTtlMs, say, atOnce: Number(given['at-once']) },
      orders: drawOrders(builds, seed, { real: given.real }),
      ...{ endTimeoutMs: 120_000 + zombieMs, restTimeoutMs: 60_000, sabotage: [] },
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
