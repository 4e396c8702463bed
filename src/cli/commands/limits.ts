import { Command } from 'commander';
import type { LimitChange, Limits } from '../../contracts/limits.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { addConnectionOptions, addExamples, type ConnectionOptions } from '../options.js';
import type { OwnerOptions } from '../owner-options.js';

const ABOUT = `
The project decides before the tenant, that before the installation, that before what is built in.
A build keeps the limits it was accepted with; "kiln show BUILD --config" shows them.
Those of the queue are of the whole tenant and hold at once, also for builds that wait.`;
const JSON_TEXT = 'one JSON document: {project, limits, queue}';

export function define(command: Command, cli: Cli): void {
  command
    .addHelpText('after', ABOUT)
    .usage('[options] | set NAME=VALUE... | unset NAME... | weights [TENANT=WEIGHT...]');
  addExamples(command, {
    'kiln limits': 'what holds, and where it was set',
    'kiln limits set image_max_bytes=2GiB': 'for every project',
    'kiln limits set --project app step_timeout_seconds=30m': 'for one',
    'kiln limits set max_concurrent_builds=4 on_limit=reject':
      'of the queue; on_limit is queue, reject or supersede',
    'kiln limits unset --project app image_max_bytes': 'back to what holds for every project',
  });
  addOwner(command, 'as builds of this project get them');
  command.action((options: OwnerOptions) => runAction(cli, options, () => show(cli, options)));
  const set = new Command('set')
    .description(
      'set limits: those of builds for builds that are accepted from now on, those of the queue for all that wait',
    )
    .argument('<assignments...>', 'NAME=VALUE, such as step_timeout_seconds=30m or image_max_bytes=2GiB');
  addOwner(set, 'for this project only');
  set.action((assignments: string[], options: OwnerOptions) =>
    runAction(cli, options, async () => {
      const { parseAssignments } = await import('../limit-assignments.js');
      return change(cli, options, parseAssignments(assignments));
    }),
  );
  const unset = new Command('unset')
    .description('take limits back: the next place that says something decides')
    .argument('<limits...>', 'names of limits');
  addOwner(unset, 'those of this project');
  unset.action((names: string[], options: OwnerOptions) =>
    runAction(cli, options, async () => {
      const { parseNames } = await import('../limit-assignments.js');
      return change(cli, options, parseNames(names));
    }),
  );
  const weights = new Command('weights')
    .description('show the weights of tenants in the fair share of slots, or give them; for operators')
    .argument('[assignments...]', 'TENANT=WEIGHT, such as team-b=3');
  addConnectionOptions(weights, 'one JSON document {items}');
  weights.action((assignments: string[], options: ConnectionOptions) =>
    runAction(cli, options, async () => {
      const { runWeights } = await import('../run-weights.js');
      return runWeights(cli, assignments, options);
    }),
  );
  for (const sub of [set, unset, weights]) command.addCommand(sub.copyInheritedSettings(command));
}

function addOwner(command: Command, project: string): void {
  command.option('--project <project>', project);
  addConnectionOptions(command, JSON_TEXT);
}

async function show(cli: Cli, options: OwnerOptions): Promise<number> {
  const { connect } = await import('../connect.js');
  const { getLimits } = await import('../../contracts/limits.js');
  const { ownerOf } = await import('../owner-options.js');
  return print(cli, options, await connect(cli, options).call(getLimits, { query: ownerOf(options) }));
}

async function change(cli: Cli, options: OwnerOptions, body: LimitChange): Promise<number> {
  const { connect } = await import('../connect.js');
  const { changeLimits } = await import('../../contracts/limits.js');
  const { ownerOf } = await import('../owner-options.js');
  const limits = await connect(cli, options).call(changeLimits, { query: ownerOf(options), body });
  return print(cli, options, limits);
}

async function print(cli: Cli, options: OwnerOptions, limits: Limits): Promise<number> {
  const { limitLines, queueSettingLines } = await import('../views/limit-list.js');
  const { print: printLines, printJson, styleOf } = await import('../output.js');
  if (options.json === true) printJson(cli, limits);
  else {
    const style = styleOf(cli, cli.stdout);
    const queue = limits.queue === null ? [] : queueSettingLines(limits.queue, style);
    printLines(cli, [...limitLines(limits.limits, style), ...queue]);
  }
  return EXIT.success;
}
