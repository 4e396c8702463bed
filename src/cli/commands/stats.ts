import { Command, Option } from 'commander';
import type { Operation } from '../../contracts/operation.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import type { AnswerOf, InputOf } from '../client.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions, wholeNumber } from '../options.js';
import type { ChartCanvas } from '../views/trend-chart.js';

interface StatsOptions extends ConnectionOptions {
  readonly by?: string;
  readonly project?: string;
  readonly from?: string;
  readonly until?: string;
  readonly limit?: number;
  readonly csv?: boolean;
}

const ABOUT = `
A build belongs to the day on which it was accepted, in the time zone of the tenant ("kiln stats zone").
docs/stats.md says what each number is.`;

export function define(command: Command, cli: Cli): void {
  command
    .addHelpText('after', ABOUT)
    .usage('[options] | steps | cache | success [--by branch|method|worker] | zone [ZONE]')
    .addOption(
      new Option('--by <period>', 'a bar for each').choices(['day', 'week', 'month']).default('day'),
    );
  addRange(command);
  addExamples(command, {
    'kiln stats': 'the last thirty days',
    'kiln stats --by month -p app': 'a year of one project',
    'kiln stats steps': 'where the time goes',
    'kiln stats success --by worker --csv': 'for a spreadsheet',
    'kiln stats zone Europe/Berlin': 'days begin at midnight there',
  });
  command.action((options: StatsOptions) =>
    runAction(cli, options, async () => {
      const { getTrends } = await import('../../contracts/stats-operations.js');
      const { trendLines } = await import('../views/trend-chart.js');
      return show(cli, options, getTrends, trendLines);
    }),
  );

  const steps = new Command('steps').description('the slowest steps, by project and name');
  addRange(addLimit(steps, 20)).action((options: StatsOptions) =>
    runAction(cli, options, async () => {
      const { listSlowSteps } = await import('../../contracts/stats-operations.js');
      const { slowStepLines } = await import('../views/stats-tables.js');
      return show(cli, options, listSlowSteps, slowStepLines);
    }),
  );
  const cache = new Command('cache').description('how much of each project came out of the cache');
  addRange(cache).action((options: StatsOptions) =>
    runAction(cli, options, async () => {
      const { getCacheUse } = await import('../../contracts/stats-operations.js');
      const { cacheLines } = await import('../views/stats-tables.js');
      return show(cli, options, getCacheUse, cacheLines);
    }),
  );
  const success = new Command('success')
    .description('how builds ended, by branch, method or worker')
    .addOption(
      new Option('--by <kind>', 'what builds have in common')
        .choices(['branch', 'method', 'worker'])
        .default('branch'),
    );
  addRange(addLimit(success, 20)).action((options: StatsOptions) =>
    runAction(cli, options, async () => {
      const { getOutcomes } = await import('../../contracts/stats-operations.js');
      const { outcomeLines } = await import('../views/stats-tables.js');
      return show(cli, options, getOutcomes, outcomeLines);
    }),
  );
  const zone = new Command('zone')
    .description('show or set the time zone whose midnights part the days')
    .argument('[zone]', 'an IANA name, such as Europe/Berlin');
  addConnectionOptions(zone, 'one JSON document {id, slug, name, time_zone}');
  zone.action((name: string | undefined, options: ConnectionOptions) =>
    runAction(cli, options, () => runZone(cli, name, options)),
  );
  for (const sub of [steps, cache, success, zone]) command.addCommand(sub.copyInheritedSettings(command));
}

function addLimit(command: Command, standard: number): Command {
  return command.option('-n, --limit <count>', 'at most so many', wholeNumber(1, 1000), standard);
}

function addRange(command: Command): Command {
  command
    .option('-p, --project <slug>', 'only builds of this project')
    .option('--from <day>', 'first day, such as 2026-05-04')
    .option('--until <day>', 'last day (default: today)')
    .addOption(new Option('--csv', 'CSV after RFC 4180').conflicts('json'));
  return addConnectionOptions(command, 'one JSON document {time_zone, from, until, ..., items}');
}

async function show<O extends Operation>(
  cli: Cli,
  options: StatsOptions,
  operation: O,
  linesOf: (answer: AnswerOf<O>, canvas: ChartCanvas) => string[],
): Promise<number> {
  const { connect } = await import('../connect.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const { blocksFor } = await import('../terminal/charts.js');
  const { project, from, until, by, limit } = options;
  const asked = { project, from, until, by, limit, format: options.csv === true ? 'csv' : undefined };
  const query = Object.fromEntries(
    Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  const answer = await connect(cli, options).call(operation, { query } as InputOf<O>);
  if (options.csv === true) cli.stdout.write(String(answer));
  else if (options.json === true) printJson(cli, answer);
  else {
    const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : 100;
    print(cli, linesOf(answer, { columns, style: styleOf(cli, cli.stdout), blocks: blocksFor(cli.env) }));
  }
  return EXIT.success;
}

async function runZone(cli: Cli, name: string | undefined, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { getTenant, updateTenant } = await import('../../contracts/stats-operations.js');
  const { print, printJson } = await import('../output.js');
  const client = connect(cli, options);
  const tenant =
    name === undefined
      ? await client.call(getTenant, {})
      : await client.call(updateTenant, { body: { time_zone: name } });
  if (options.json === true) printJson(cli, tenant);
  else print(cli, [tenant.time_zone]);
  return EXIT.success;
}
