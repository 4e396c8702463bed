import type { Command } from 'commander';
import type { Queue } from '../../contracts/queue.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, wholeNumber, type ConnectionOptions } from '../options.js';

interface QueueOptions extends ConnectionOptions {
  readonly project?: string;
  readonly method?: string;
  readonly limit: number;
  readonly watch?: boolean;
}

export function define(command: Command, cli: Cli): void {
  command
    .option('-p, --project <slug>', 'only builds of this project')
    .option('-m, --method <method>', 'only builds by this method')
    .option('-n, --limit <count>', 'how many, the next first', wholeNumber(1, 1000), 50)
    .option('-w, --watch', 'go on, and show each change, until Ctrl-C');
  addExamples(command, {
    'kiln queue': 'what waits, for what, and how long about',
    'kiln queue --watch': 'the same, live',
    'kiln queue -p app --json': 'for a script',
  });
  addConnectionOptions(
    command,
    'one JSON document {waiting, running, slots, free_slots, items}; with --watch one a line',
  );
  command.action((options: QueueOptions) =>
    runAction(cli, options, () => (options.watch === true ? watch(cli, options) : show(cli, options))),
  );
}

function queryOf({ project, method, limit }: QueueOptions) {
  return {
    limit: String(limit),
    ...(project === undefined ? {} : { project }),
    ...(method === undefined ? {} : { method }),
  };
}

async function show(cli: Cli, options: QueueOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { getQueue } = await import('../../contracts/queue.js');
  const queue = await connect(cli, options).call(getQueue, { query: queryOf(options) });
  await print(cli, options, queue);
  return EXIT.success;
}

async function watch(cli: Cli, options: QueueOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { followQueue } = await import('../../contracts/queue.js');
  const { followEvents } = await import('../follow-events.js');
  const { tellAway } = await import('../tell-away.js');
  const onBroken = tellAway((text) => void cli.stderr.write(`${text}\n`));
  const left = new AbortController();
  const stop = cli.onInterrupt(() => left.abort());
  const follow = { signal: left.signal, onBroken, query: queryOf(options) };
  for await (const { event, data } of followEvents(connect(cli, options), followQueue, {}, follow)) {
    if (event !== 'queue') continue;
    if (cli.stdout.isTTY === true && options.json !== true) cli.stdout.write('\u001B[H\u001B[2J');
    await print(cli, options, JSON.parse(data) as Queue);
  }
  stop();
  return EXIT.left;
}

async function print(cli: Cli, options: QueueOptions, queue: Queue): Promise<void> {
  const { print: printLines, printJson, styleOf } = await import('../output.js');
  if (options.json === true) {
    printJson(cli, queue);
    return;
  }
  const { queueLines } = await import('../views/queue-list.js');
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
  const { project, method, limit } = options;
  const canvas = { columns, nowMs: Date.now(), style: styleOf(cli, cli.stdout) };
  const part = { isFiltered: project !== undefined || method !== undefined, limit };
  printLines(cli, queueLines(queue, canvas, part));
}
