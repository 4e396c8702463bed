import { type Command, Option } from 'commander';
import { DELIVERY_STATUSES } from '../../domain/webhooks/delivery-status.js';
import { WEBHOOK_PROVIDERS } from '../../domain/webhooks/provider.js';
import { runAction } from '../action.js';
import type { Cli } from '../cli.js';
import {
  addConnectionOptions,
  addExamples,
  type ConnectionOptions,
  someName,
  subcommand,
  wholeNumber,
} from '../options.js';
import type { AddOptions, DeliveriesOptions, PayloadOptions, SetOptions } from '../run-webhooks.js';
import type { TestOptions } from '../test-webhook.js';
import { addWebhookOptions } from '../webhook-options.js';

const ABOUT = `
A webhook starts builds of a project when its repository changes. What came is kept for 30 days, with what has become of it.
Code from other repositories waits for an approval and is built without secrets: docs/webhooks.md.`;
const A_WEBHOOK = 'one JSON document: the webhook';
const A_DELIVERY = 'one JSON document: the delivery';
const DECISIONS = {
  approve: 'have the code of another repository built, without secrets',
  reject: 'turn the code of another repository away',
};

export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', ABOUT).usage('[options] | COMMAND NAME');
  addExamples(command, {
    'kiln webhooks': 'which there are, and what came last',
    'kiln webhooks add app --project app --repository https://github.com/team/app.git':
      'shows URL and secret',
    'kiln webhooks set app --branch main --branch "release/*"': 'what is built from now on',
    'kiln webhooks test app --branch main': 'is it reached, and what would a push start',
    'kiln webhooks deliveries app': 'what came, and what has become of it',
    'kiln webhooks replay DELIVERY': 'judge it anew, by the settings of now',
  });
  const load = () => import('../run-webhooks.js');
  command.option('--project <project>', 'those of this project', someName);
  addConnectionOptions(command, 'one JSON document: {items}');
  command.action((options: ConnectionOptions & { project?: string }) =>
    runAction(cli, options, async () => (await load()).list(cli, options)),
  );
  const named = (name: string, summary: string, json: string) => subcommand(command, name, summary, json);

  addWebhookOptions(
    named('add <webhook>', 'add a webhook, and show its URL and secret, once', '{webhook, secret}'),
  )
    .requiredOption('--project <project>', 'whose builds it starts')
    .addOption(
      new Option('--provider <provider>', 'who sends; told by the repository where it can be').choices(
        WEBHOOK_PROVIDERS,
      ),
    )
    .option(
      '--secret-from-file <file>',
      'a secret of your own (16 to 200 characters) instead of a random one',
    )
    .action((webhook: string, options: AddOptions) =>
      runAction(cli, options, async () => (await load()).add(cli, webhook, options)),
    );
  named('show <webhook>', 'show a webhook without its secret', A_WEBHOOK).action(
    (webhook: string, options: ConnectionOptions) =>
      runAction(cli, options, async () => (await load()).show(cli, webhook, options)),
  );
  addWebhookOptions(named('set <webhook>', 'change a webhook; what is left out stays', A_WEBHOOK))
    .option('--name <name>', 'another name')
    .option('--on', 'let its address answer')
    .option('--off', 'let its address answer as if it were not there')
    .option('--auto-build', 'let deliveries start builds')
    .option('--no-auto-build', 'keep deliveries and start nothing')
    .action((webhook: string, options: SetOptions) =>
      runAction(cli, options, async () => (await load()).set(cli, webhook, options)),
    );
  named('rotate <webhook>', 'give a webhook a new secret, and show it once', '{webhook, secret}').action(
    (webhook: string, options: ConnectionOptions) =>
      runAction(cli, options, async () => (await load()).rotate(cli, webhook, options)),
  );
  named(
    'test <webhook>',
    'send a signed push that starts nothing, and show what one like it would start',
    '{url, status, reason, delivery}',
  )
    .option('--branch <branch>', 'a push to this branch (main)')
    .option('--tag <tag>', 'a push of this tag')
    .option('--url <url>', 'how the git host reaches Kiln, where that is another way than from here')
    .action((webhook: string, options: TestOptions) =>
      runAction(cli, options, async () => (await import('../test-webhook.js')).test(cli, webhook, options)),
    );
  named('reconcile <webhook>', 'look now for pushes that no delivery has told of', A_WEBHOOK).action(
    (webhook: string, options: ConnectionOptions) =>
      runAction(cli, options, async () => (await load()).reconcile(cli, webhook, options)),
  );
  named('rm <webhook>', 'remove a webhook with the record of its deliveries', '{removed}').action(
    (webhook: string, options: ConnectionOptions) =>
      runAction(cli, options, async () => (await load()).remove(cli, webhook, options)),
  );
  named('deliveries <webhook>', 'list what came, newest first', 'one JSON document: {items, next_cursor}')
    .addOption(new Option('--status <status>', 'what has become of them').choices(DELIVERY_STATUSES))
    .option('-n, --limit <count>', 'how many', wholeNumber(1, 100), 20)
    .option('--cursor <cursor>', 'go on where a list ended')
    .action((webhook: string, options: DeliveriesOptions) =>
      runAction(cli, options, async () => (await load()).deliveries(cli, webhook, options)),
    );
  named('delivery <delivery>', 'show what has become of a delivery', A_DELIVERY)
    .option('--payload', 'print its body')
    .action((delivery: string, options: PayloadOptions) =>
      runAction(cli, options, async () => (await load()).delivery(cli, delivery, options)),
    );
  named('replay <delivery>', 'judge a delivery anew; builds it unless it has a build', A_DELIVERY)
    .option('--again', 'make another build, though there is one')
    .action((delivery: string, options: ConnectionOptions & { again?: boolean }) =>
      runAction(cli, options, async () => (await load()).replay(cli, delivery, options)),
    );
  for (const [decision, summary] of Object.entries(DECISIONS)) {
    named(`${decision} <delivery>`, summary, A_DELIVERY).action(
      (delivery: string, options: ConnectionOptions) =>
        runAction(cli, options, async () =>
          (await load()).decide(cli, delivery, decision as keyof typeof DECISIONS, options),
        ),
    );
  }
}
