import { Option, type Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, wholeNumber, type ConnectionOptions } from '../options.js';

interface TestsOptions extends ConnectionOptions {
  readonly all?: boolean;
  readonly flaky?: boolean;
  readonly builds?: number;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'id, <project>#<number> or <project>#latest; with --flaky a project')
    .option('--all', 'every test, not only what failed, was skipped or took longest')
    .addOption(
      new Option('--flaky', 'tests of a project that pass and fail without a change').conflicts('all'),
    )
    .option(
      '--builds <count>',
      'with --flaky: how many of its newest builds with reports (default: 50)',
      wholeNumber(2, 500),
    );
  addExamples(command, {
    'kiln tests app#3': 'how its tests ended: failures first, with their messages',
    'kiln tests app --flaky': 'which tests cannot be relied on',
  });
  addConnectionOptions(command, 'one JSON document {report, items}; with --flaky {builds, items}');
  command.action((reference: string, options: TestsOptions) =>
    runAction(cli, options, () =>
      options.flaky === true ? showFlaky(cli, reference, options) : show(cli, reference, options),
    ),
  );
}

async function show(cli: Cli, reference: string, options: TestsOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { findBuild } = await import('../build-reference.js');
  const { usageFailure } = await import('../failure.js');
  const { listTests } = await import('../../contracts/tests.js');
  const { testLines } = await import('../views/test-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  if (options.builds !== undefined)
    throw usageFailure('--builds is about flaky tests.', 'Add --flaky, and name a project.');
  const client = connect(cli, options);
  const build = await findBuild(client, reference);
  const tests = await client.call(listTests, { params: { build: build.id }, query: { limit: '10000' } });
  if (options.json === true) printJson(cli, tests);
  else
    print(
      cli,
      testLines(tests, {
        columns: columnsOf(cli),
        style: styleOf(cli, cli.stdout),
        all: options.all === true,
      }),
    );
  return EXIT.success;
}

async function showFlaky(cli: Cli, project: string, options: TestsOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { listFlakyTests } = await import('../../contracts/tests.js');
  const { flakyLines } = await import('../views/flaky-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const client = connect(cli, options);
  const query = options.builds === undefined ? {} : { builds: String(options.builds) };
  const flaky = await client.call(listFlakyTests, { params: { project }, query });
  if (options.json === true) printJson(cli, flaky);
  else print(cli, flakyLines(flaky, project, styleOf(cli, cli.stdout)));
  return EXIT.success;
}

function columnsOf({ stdout }: Cli): number {
  return stdout.isTTY === true ? (stdout.columns ?? 80) : Infinity;
}
