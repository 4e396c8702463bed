import { type Command, Option } from 'commander';
import { NOTIFICATION_STATES } from '../../domain/notifications/delivery-state.js';
import { TARGET_KINDS } from '../../domain/notifications/target-kind.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import {
  addConnectionOptions,
  addExamples,
  collect,
  type ConnectionOptions,
  subcommand,
  wholeNumber,
} from '../options.js';
import type {
  AddOptions,
  DeliveriesOptions,
  PayloadOptions,
  ReplayOptions,
  SetOptions,
} from '../run-notifications.js';

const ABOUT = `
A target is told of each change of the status of builds, at least once and under an id that stays the same: by a signed webhook, or as the
status of a commit on GitHub, GitLab, Gitea or Forgejo. What could not be delivered is kept for 30 days with the reason: docs/notifications.md.`;
const A_TARGET = 'one JSON document: the target';

export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', ABOUT).usage('[options] | COMMAND NAME');
  addExamples(command, {
    'kiln notifications': 'which targets there are',
    'kiln notifications add chat --url https://hooks.example.com/kiln --event failed': 'shows the secret',
    'kiln notifications add commits --kind github --token-from-file token.txt': 'statuses of commits',
    'kiln notifications test chat': 'send a test, and see what comes of it',
    'kiln notifications deliveries chat --state dead': 'what was given up, and why',
    'kiln notifications replay --dead chat': 'send all of that again',
  });
  const load = () => import('../run-notifications.js');
  command.option('--project <project>', 'those that hear of builds of this project');
  addConnectionOptions(command, 'one JSON document: {items}');
  command.action((options: ConnectionOptions & { project?: string }) =>
    runAction(cli, options, async () => (await load()).list(cli, options)),
  );
  const named = (name: string, summary: string, json: string) => subcommand(command, name, summary, json);
  const placed = (sub: Command): Command =>
    sub
      .option('--url <url>', 'where webhooks go; of a git host the base of its API')
      .option(
        '--event <status>',
        'queued, in_progress, success, failed or cancelled (may be repeated)',
        collect,
      )
      .option('--token-from-file <file>', 'the token of a git host');

  placed(
    named('add <target>', 'add a target, and show the secret of its signatures, once', '{target, secret}'),
  )
    .addOption(new Option('--kind <kind>', 'what is told').choices(TARGET_KINDS).default('webhook'))
    .option('--project <project>', 'builds of this project only')
    .action((target: string, options: AddOptions) =>
      runAction(cli, options, async () => (await load()).add(cli, target, options)),
    );
  named('show <target>', 'show a target without its secret', A_TARGET).action(
    (target: string, options: ConnectionOptions) =>
      runAction(cli, options, async () => (await load()).show(cli, target, options)),
  );
  placed(named('set <target>', 'change a target; what is left out stays', A_TARGET))
    .option('--name <name>', 'another name')
    .option('--on', 'tell it, also where it was switched off because it was gone')
    .option('--off', 'tell it nothing, and give up what waits for it')
    .action((target: string, options: SetOptions) =>
      runAction(cli, options, async () => (await load()).set(cli, target, options)),
    );
  named('rotate <target>', 'give a target another secret; for a day both sign', '{target, secret}').action(
    (target: string, options: ConnectionOptions) =>
      runAction(cli, options, async () => (await load()).rotate(cli, target, options)),
  );
  named('test <target>', 'send a test to a target, and see what comes of it', 'one JSON document: it').action(
    (target: string, options: ConnectionOptions) =>
      runAction(cli, options, async () => (await load()).test(cli, target, options)),
  );
  named('rm <target>', 'remove a target with the record of its notifications', '{removed}').action(
    (target: string, options: ConnectionOptions) =>
      runAction(cli, options, async () => (await load()).remove(cli, target, options)),
  );
  named(
    'deliveries <target>',
    'list what it was told, newest first',
    'one JSON document: {items, next_cursor}',
  )
    .addOption(new Option('--state <state>', 'what has become of them').choices(NOTIFICATION_STATES))
    .option('-n, --limit <count>', 'how many', wholeNumber(1, 100), 20)
    .option('--cursor <cursor>', 'go on where a list ended')
    .action((target: string, options: DeliveriesOptions) =>
      runAction(cli, options, async () => (await load()).deliveries(cli, target, options)),
    );
  named('delivery <notification>', 'show what has become of a notification', 'one JSON document: it')
    .option('--payload', 'print its body')
    .action((notification: string, options: PayloadOptions) =>
      runAction(cli, options, async () => (await load()).delivery(cli, notification, options)),
    );
  named('replay <notification>', 'send a notification again, under the same id', 'one JSON document: it')
    .option('--dead', 'all that were given up of the target that is named instead')
    .action((notification: string, options: ReplayOptions) =>
      runAction(cli, options, async () => (await load()).replay(cli, notification, options)),
    );
}
