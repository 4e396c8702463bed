import { parseArgs } from 'node:util';
import { ensureBuilt, ensureDependencies } from '../bin/bootstrap.mjs';
import { openGrownSite } from './growth/site.mjs';
import { readingsOf } from './growth/readings.mjs';
import { printDispatch } from './dispatch/print.mjs';
import { percentile } from './timing.mjs';

export const USAGE = `npm run bench -- growth [--builds 1000000] [--log-chunks 10000000] [--quick] [--json]
  what reading costs with so many builds over what it costs with a hundredth of them (10,000)
  --quick  100,000 builds with 1,000,000 chunks of log, over 10,000; few rounds, so that p99 is the worst of them
  --json   one line`;

const SMALL = 10_000;
/** The first only warm up: connections plan anew until they have seen a statement a few times. */
const FULL = { warmUp: 8, measured: 300 };
const QUICK = { warmUp: 3, measured: 20 };

/** Fills two databases by SQL, one of them with 10,000 builds, and asks an api over each the same: p50, p99 and what the larger costs over the smaller. */
export async function measure(args, closing) {
  const { values: options } = parseArgs({
    args,
    options: {
      builds: { type: 'string' },
      'log-chunks': { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const builds = wholeNumber('builds', options.builds ?? (options.quick ? '100000' : '1000000'));
  const logChunks = wholeNumber('log-chunks', options['log-chunks'] ?? String(builds * 10));
  const rounds = options.quick ? QUICK : FULL;
  const report = options.json ? () => undefined : (text) => console.error(text);
  await ensureDependencies();
  await ensureBuilt();
  const sizes = { small: { builds: SMALL, logChunks: SMALL * 10 }, large: { builds, logChunks } };
  const site = await openGrownSite(sizes, closing, report);
  const figures = { builds, log_chunks: logChunks, ...site.figures };
  figures.requests = await compare(site, rounds, report);
  figures.over_1_5 = Object.entries(figures.requests)
    .filter(([, { p99_ratio: ratio }]) => ratio > 1.5)
    .map(([name]) => name);
  if (options.json) console.log(JSON.stringify(figures));
  else print(figures);
}

/** Each request by itself, in turn to the small and to the large one, so that the machine's mood hits them alike. */
async function compare(site, rounds, report) {
  const sides = {};
  for (const name of ['small', 'large'])
    sides[name] = { ...site[name], readings: await readingsOf(site[name]) };
  const figures = {};
  for (const reading of Object.keys(sides.small.readings)) {
    const taken = { small: [], large: [] };
    for (let round = -rounds.warmUp; round < rounds.measured; round += 1) {
      for (const [name, { ask, readings }] of Object.entries(sides)) {
        const places = readings[reading](Math.abs(round));
        const beganMs = performance.now();
        await Promise.all(places.map(ask));
        if (round >= 0) taken[name].push(performance.now() - beganMs);
      }
    }
    const of = (name, share) => rounded(percentile(taken[name], share));
    figures[reading] = {
      ...{
        small_p50_ms: of('small', 50),
        large_p50_ms: of('large', 50),
        small_p99_ms: of('small', 99),
        large_p99_ms: of('large', 99),
      },
      ...{
        p50_ratio: rounded(of('large', 50) / of('small', 50)),
        p99_ratio: rounded(of('large', 99) / of('small', 99)),
      },
    };
    report(`${reading}: ${JSON.stringify(figures[reading])}`);
  }
  return figures;
}

function print({ requests, ...rest }) {
  printDispatch(rest);
  console.table(requests);
}

function wholeNumber(name, text) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= SMALL) return number;
  const problem = new Error(`--${name} ${text}: a whole number of at least ${SMALL} is expected.`);
  throw Object.assign(problem, { code: 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' });
}

function rounded(value) {
  return Number(value.toFixed(2));
}
