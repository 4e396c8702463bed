import type { Command } from 'commander';
import type { Scheduling } from '../../domain/dispatch/worker.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions, subcommand } from '../options.js';

interface AddOptions extends ConnectionOptions {
  readonly shared?: boolean;
}
interface DrainOptions extends ConnectionOptions {
  readonly wait: boolean;
}
interface RemoveOptions extends ConnectionOptions {
  readonly force?: boolean;
}

const ABOUT = `
A worker is a host that builds. Its token is its identity: one token, one host. Which of its settings it needs, and what makes
it degraded: docs/workers.md.`;
const A_WORKER = 'one JSON document: the worker';

export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', ABOUT).usage('[options] | COMMAND NAME');
  addExamples(command, {
    'kiln workers': 'which there are, and why one takes no builds',
    'kiln workers add builder-2 --shared': 'makes the token of a new host, and shows it once',
    'kiln workers drain builder-2': 'no new builds; waits until those that run have ended',
    'kiln workers uncordon builder-2': 'it takes builds again, and a quarantine ends',
  });
  addConnectionOptions(command, 'one JSON document: {items}');
  command.action((options: ConnectionOptions) => runAction(cli, options, () => list(cli, options)));
  const named = (name: string, summary: string, json = A_WORKER) =>
    subcommand(command, `${name} <worker>`, summary, json);

  named('show', 'show a worker, what runs on it and how it was lately').action(
    (worker: string, options: ConnectionOptions) => runAction(cli, options, () => show(cli, worker, options)),
  );
  named('add', 'add a worker and show its token, once', 'one JSON document: {worker, token}')
    .option('--shared', 'for the builds of all tenants')
    .action((worker: string, options: AddOptions) =>
      runAction(cli, options, () => add(cli, worker, options)),
    );
  named('cordon', 'let a worker take no new builds; those that run go on').action(
    (worker: string, options: ConnectionOptions) =>
      runAction(cli, options, async () =>
        told(cli, options, await schedule(cli, worker, 'cordoned', options)),
      ),
  );
  named('uncordon', 'let a worker take builds again; a quarantine ends too').action(
    (worker: string, options: ConnectionOptions) =>
      runAction(cli, options, async () => told(cli, options, await schedule(cli, worker, 'open', options))),
  );
  named('drain', 'let a worker take no new builds, and wait until those that run have ended')
    .option('--no-wait', 'do not wait')
    .action((worker: string, options: DrainOptions) =>
      runAction(cli, options, () => drain(cli, worker, options)),
    );
  named('remove', 'remove a worker; its token is void then', 'one JSON document: {removed}')
    .option('--force', 'also while builds run on it: they are made again on another one')
    .action((worker: string, options: RemoveOptions) =>
      runAction(cli, options, () => remove(cli, worker, options)),
    );
}

async function list(cli: Cli, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { listWorkers } = await import('../../contracts/worker-operations.js');
  const { workerListLines } = await import('../views/worker-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const answer = await connect(cli, options).call(listWorkers, {});
  if (options.json === true) printJson(cli, answer);
  else {
    const canvas = { columns: cli.stdout.columns ?? 100, nowMs: Date.now(), style: styleOf(cli, cli.stdout) };
    print(cli, workerListLines(answer.items, canvas));
  }
  return EXIT.success;
}

async function show(cli: Cli, worker: string, options: ConnectionOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { getWorker } = await import('../../contracts/worker-operations.js');
  const { workerPageLines } = await import('../views/worker-list.js');
  const { print, printJson, styleOf } = await import('../output.js');
  const page = await connect(cli, options).call(getWorker, { params: { worker } });
  if (options.json === true) printJson(cli, page);
  else {
    const canvas = { columns: cli.stdout.columns ?? 100, nowMs: Date.now(), style: styleOf(cli, cli.stdout) };
    print(cli, workerPageLines(page, canvas));
  }
  return EXIT.success;
}

async function add(cli: Cli, name: string, options: AddOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { addWorker } = await import('../../contracts/worker-operations.js');
  const { judgeBody } = await import('../judge-body.js');
  const { addedLines } = await import('../views/worker-list.js');
  const { print, printJson } = await import('../output.js');
  const body = { name, is_shared: options.shared === true };
  judgeBody(addWorker.body, body, { name: 'The name' });
  const added = await connect(cli, options).call(addWorker, { body });
  if (options.json === true) printJson(cli, added);
  else print(cli, addedLines(added));
  return EXIT.success;
}

async function schedule(cli: Cli, worker: string, scheduling: Scheduling, options: ConnectionOptions) {
  const { connect } = await import('../connect.js');
  const { changeWorker } = await import('../../contracts/worker-operations.js');
  return connect(cli, options).call(changeWorker, { params: { worker }, body: { scheduling } });
}

async function told(
  cli: Cli,
  options: ConnectionOptions,
  worker: Awaited<ReturnType<typeof schedule>>,
): Promise<number> {
  const { print, printJson } = await import('../output.js');
  if (options.json === true) printJson(cli, worker);
  else
    print(cli, [
      worker.refusal === null
        ? `${worker.name} takes builds`
        : `${worker.name} takes no new builds: it ${worker.refusal}`,
    ]);
  return EXIT.success;
}

async function drain(cli: Cli, name: string, options: DrainOptions): Promise<number> {
  const { print } = await import('../output.js');
  const { waitUntilDrained } = await import('../wait-until-drained.js');
  const begun = await schedule(cli, name, 'draining', options);
  if (!options.wait || begun.running === 0) return told(cli, options, begun);
  if (options.json !== true) print(cli, [`${name} takes no new builds; ${begun.running} still run`]);
  return told(cli, options, await waitUntilDrained(cli, name, options));
}

async function remove(cli: Cli, worker: string, options: RemoveOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { removeWorker } = await import('../../contracts/worker-operations.js');
  const { print, printJson } = await import('../output.js');
  const query = options.force === true ? { force: 'true' } : {};
  await connect(cli, options).call(removeWorker, { params: { worker }, query });
  if (options.json === true) printJson(cli, { removed: worker });
  else print(cli, [`${worker} is removed`]);
  return EXIT.success;
}
