import { Option, type Command } from 'commander';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions } from '../options.js';

interface ShowOptions extends ConnectionOptions {
  readonly config?: boolean;
  readonly warnings?: boolean;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('<build>', 'id, <project>#<number> or <project>#latest')
    .addOption(
      new Option('--config', 'its settings instead, each with where it comes from').conflicts('warnings'),
    )
    .option('--warnings', 'what lints say of its Dockerfile instead');
  addExamples(command, {
    'kiln show app#latest': 'result, steps, attempts; why it failed and what to do',
    'kiln show app#3 --config': 'which setting came from where',
    'kiln show app#3 --warnings': 'what could be better in the Dockerfile',
  });
  addConnectionOptions(
    command,
    'one JSON document {build, queue, chain, steps, cache_misses, attempts, history, metrics, publications, layers, base_images, warnings, artifacts, tests}',
  );
  command.action((reference: string, options: ShowOptions) =>
    runAction(cli, options, () => {
      if (options.config === true) return showConfig(cli, reference, options);
      if (options.warnings === true) return showWarnings(cli, reference, options);
      return show(cli, reference, options);
    }),
  );
}

async function showConfig(cli: Cli, reference: string, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { findBuild } = await import('../build-reference.js');
  const { getBuildConfig } = await import('../../contracts/build-config-operations.js');
  const { configLines } = await import('../views/build-config.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const client = connect(cli, options);
  const build = await findBuild(client, reference);
  const config = await client.call(getBuildConfig, { params: { build: build.id } });
  if (options.json === true) printJson(cli, config);
  else print(cli, configLines(config, styleOf(cli, cli.stdout)));
  return EXIT.success;
}

async function showWarnings(cli: Cli, reference: string, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { findBuild } = await import('../build-reference.js');
  const { listWarnings } = await import('../../contracts/build-record-operations.js');
  const { warningLines } = await import('../views/warning-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const client = connect(cli, options);
  const build = await findBuild(client, reference);
  const { items } = await client.call(listWarnings, { params: { build: build.id } });
  if (options.json === true) printJson(cli, { items });
  else if (items.length === 0) print(cli, ['There are no warnings.']);
  else {
    const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : 110;
    print(cli, warningLines(items, { columns, style: styleOf(cli, cli.stdout) }, { withLinks: true }));
  }
  return EXIT.success;
}

async function show(cli: Cli, reference: string, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { findBuild } = await import('../build-reference.js');
  const { listChain } = await import('../../contracts/build-operations.js');
  const records = await import('../../contracts/build-record-operations.js');
  const { buildPage } = await import('../views/build-page.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const client = connect(cli, options);
  const build = await findBuild(client, reference);
  const params = { build: build.id };
  const { listArtifacts } = await import('../../contracts/artifact-operations.js');
  const { listPublications } = await import('../../contracts/publications.js');
  const { listTests } = await import('../../contracts/tests.js');
  const [
    chain,
    steps,
    misses,
    attempts,
    history,
    metrics,
    publications,
    layers,
    bases,
    warnings,
    artifacts,
    tests,
  ] = await Promise.all([
    client.call(listChain, { params }),
    client.call(records.listSteps, { params }),
    client.call(records.listCacheMisses, { params }),
    client.call(records.listAttempts, { params }),
    client.call(records.listStatusHistory, { params }),
    client.call(records.getMetrics, { params }),
    client.call(listPublications, { params }),
    client.call(records.listLayers, { params }),
    client.call(records.listBaseImages, { params }),
    client.call(records.listWarnings, { params }),
    client.call(listArtifacts, { params }),
    client.call(listTests, { params, query: { limit: '100' } }),
  ]);
  const { getQueue } = await import('../../contracts/queue.js');
  const { isHeld } = await import('../progress/held-build.js');
  const queue =
    build.status === 'queued' && !isHeld(build)
      ? await client.call(getQueue, { query: { build: build.id } })
      : null;
  const page = {
    build,
    queue: queue?.items[0] ?? null,
    chain: chain.items,
    steps: steps.items,
    cache_misses: misses.items,
    attempts: attempts.items,
    history: history.items,
    metrics,
    publications: publications.items,
    layers: layers.items,
    base_images: bases.items,
    warnings: warnings.items,
    artifacts: artifacts.items,
    tests,
  };
  if (options.json === true) {
    printJson(cli, page);
    return EXIT.success;
  }
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : 110;
  print(
    cli,
    buildPage(page, { columns, rows: Infinity, nowMs: Date.now(), style: styleOf(cli, cli.stdout) }),
  );
  return EXIT.success;
}
