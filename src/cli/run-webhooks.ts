import fs from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { z } from 'zod';
import * as deliveryOperations from '../contracts/delivery-operations.js';
import * as operations from '../contracts/webhook-operations.js';
import {
  type Delivery,
  type NewWebhook,
  type Webhook,
  type WebhookChange,
  WebhookSecret,
} from '../contracts/webhooks.js';
import type { DeliveryStatus } from '../domain/webhooks/delivery-status.js';
import type { WebhookProvider } from '../domain/webhooks/provider.js';
import type { Cli } from './cli.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { usageFailure } from './failure.js';
import { judgeBody, namedByFlags } from './judge-body.js';
import type { ConnectionOptions } from './options.js';
import { print, printJson, styleOf, writeSlowly } from './output.js';
import { keepOnlyColours } from './terminal/escapes.js';
import {
  deliveryListLines,
  deliveryPageLines,
  secretLines,
  webhookListLines,
  webhookPageLines,
} from './views/webhook-list.js';
import { WEBHOOK_FLAGS, webhookBody, type WebhookOptions } from './webhook-options.js';

export interface AddOptions extends WebhookOptions {
  readonly project: string;
  readonly provider?: WebhookProvider;
  readonly secretFromFile?: string;
}
export interface SetOptions extends WebhookOptions {
  readonly name?: string;
  readonly on?: boolean;
  readonly off?: boolean;
  readonly autoBuild?: boolean;
}
export interface DeliveriesOptions extends ConnectionOptions {
  readonly status?: DeliveryStatus;
  readonly limit: number;
  readonly cursor?: string;
}
export interface PayloadOptions extends ConnectionOptions {
  readonly payload?: boolean;
}

function canvasOf(cli: Cli) {
  const columns = cli.stdout.isTTY === true ? (cli.stdout.columns ?? 80) : Infinity;
  return { columns, nowMs: Date.now(), style: styleOf(cli, cli.stdout) };
}

export async function list(cli: Cli, options: ConnectionOptions & { project?: string }): Promise<number> {
  const query = options.project === undefined ? {} : { project: options.project };
  const answer = await connect(cli, options).call(operations.listWebhooks, { query });
  if (options.json === true) printJson(cli, answer);
  else print(cli, webhookListLines(answer.items, canvasOf(cli)));
  return EXIT.success;
}

export async function add(cli: Cli, name: string, options: AddOptions): Promise<number> {
  const { project, repository = '' } = options;
  const body = {
    ...(await webhookBody(cli, options)),
    ...{ name, project, repository_url: repository },
    provider: options.provider ?? providerOf(repository),
    ...(options.secretFromFile !== undefined && { secret: readSecret(cli, options.secretFromFile) }),
  };
  judgeBody(operations.createWebhook.body, body, WEBHOOK_FLAGS);
  const client = connect(cli, options);
  const added = await client
    .call(operations.createWebhook, { body: body as z.input<typeof NewWebhook> })
    .catch((error: unknown) => {
      throw namedByFlags(error, WEBHOOK_FLAGS, {});
    });
  if (options.json === true) printJson(cli, added);
  else
    print(cli, secretLines(`${added.webhook.name} is added.`, added, canvasOf(cli).columns, client.apiUrl));
  return EXIT.success;
}

/** Of hosts that everybody knows. */
function providerOf(repository: string): WebhookProvider {
  const host = /^(?:[a-z]+:\/\/)?(?:[^@/]*@)?(?<host>[^/:]+)/i.exec(repository)?.groups?.['host'] ?? '';
  if (host === 'github.com') return 'github';
  if (host === 'gitlab.com') return 'gitlab';
  if (host === 'codeberg.org') return 'forgejo';
  if (host === 'gitea.com') return 'gitea';
  throw usageFailure(
    'Which git host sends cannot be told by its address.',
    'Name it with --provider: github, gitlab, gitea, forgejo or generic.',
  );
}

/** Judged here and not with the rest, which shows what it refuses. */
function readSecret(cli: Cli, file: string): string {
  let secret: string;
  try {
    secret = fs.readFileSync(path.resolve(cli.cwd, file), 'utf8').trim();
  } catch {
    throw usageFailure(`--secret-from-file ${file}: cannot be read.`, 'Name a file that you may read.');
  }
  const trouble = WebhookSecret.safeParse(secret).error?.issues[0]?.message;
  if (trouble === undefined) return secret;
  throw usageFailure(`--secret-from-file ${file}: ${trouble}.`, 'Leave it out, and Kiln makes a random one.');
}

export async function show(cli: Cli, webhook: string, options: ConnectionOptions): Promise<number> {
  const client = connect(cli, options);
  return told(cli, options, await client.call(operations.getWebhook, { params: { webhook } }), client.apiUrl);
}

export async function set(cli: Cli, webhook: string, options: SetOptions): Promise<number> {
  const body = {
    ...(await webhookBody(cli, options)),
    ...(options.name !== undefined && { name: options.name }),
    ...((options.on === true || options.off === true) && { is_active: options.on === true }),
    ...(options.autoBuild !== undefined && { auto_build_enabled: options.autoBuild }),
  };
  if (Object.keys(body).length === 0)
    throw usageFailure('Nothing to change was named.', '`kiln webhooks set --help` shows what there is.');
  judgeBody(operations.changeWebhook.body, body, WEBHOOK_FLAGS);
  const client = connect(cli, options);
  const changed = await client
    .call(operations.changeWebhook, { params: { webhook }, body: body as z.input<typeof WebhookChange> })
    .catch((error: unknown) => {
      throw namedByFlags(error, WEBHOOK_FLAGS, {});
    });
  return told(cli, options, changed, client.apiUrl);
}

function told(cli: Cli, options: ConnectionOptions, webhook: Webhook, apiUrl: string): number {
  if (options.json === true) printJson(cli, webhook);
  else print(cli, webhookPageLines(webhook, canvasOf(cli), apiUrl));
  return EXIT.success;
}

export async function rotate(cli: Cli, name: string, options: ConnectionOptions): Promise<number> {
  const client = connect(cli, options);
  const rotated = await client.call(operations.rotateWebhook, { params: { webhook: name } });
  if (options.json === true) printJson(cli, rotated);
  else
    print(
      cli,
      secretLines(
        `${rotated.webhook.name} takes nothing any more that its old secret has signed.`,
        ...([rotated, canvasOf(cli).columns, client.apiUrl] as const),
      ),
    );
  return EXIT.success;
}

export async function reconcile(cli: Cli, webhook: string, options: ConnectionOptions): Promise<number> {
  const client = connect(cli, options);
  const asked = await client.call(operations.reconcileWebhook, { params: { webhook } });
  if (options.json === true) printJson(cli, asked);
  else
    print(cli, [
      `The branches and tags of ${asked.repository_url} are read now.`,
      `\`kiln webhooks show ${asked.name}\` says when it was done; what was missed is among its deliveries, and built in a minute.`,
    ]);
  return EXIT.success;
}

export async function remove(cli: Cli, webhook: string, options: ConnectionOptions): Promise<number> {
  await connect(cli, options).call(operations.deleteWebhook, { params: { webhook } });
  if (options.json === true) printJson(cli, { removed: webhook });
  else print(cli, [`${webhook} is removed; its builds stay`]);
  return EXIT.success;
}

export async function deliveries(cli: Cli, webhook: string, options: DeliveriesOptions): Promise<number> {
  const { cursor, status } = options;
  const page = await connect(cli, options).call(deliveryOperations.listDeliveries, {
    params: { webhook },
    query: {
      limit: String(options.limit),
      ...(cursor === undefined ? {} : { cursor }),
      ...(status === undefined ? {} : { status }),
    },
  });
  if (options.json === true) printJson(cli, page);
  else {
    print(cli, deliveryListLines(page.items, canvasOf(cli)));
    if (page.next_cursor !== null) cli.stderr.write(`More: --cursor ${page.next_cursor}\n`);
  }
  return EXIT.success;
}

export async function delivery(cli: Cli, id: string, options: PayloadOptions): Promise<number> {
  const client = connect(cli, options);
  const params = { delivery: id };
  if (options.payload !== true)
    return toldOf(cli, options, await client.call(deliveryOperations.getDelivery, { params }));
  const answer = await client.open(deliveryOperations.getDeliveryPayload, { params });
  const text = (await buffer(answer.body)).toString();
  await writeSlowly(cli.stdout, cli.stdout.isTTY === true ? keepOnlyColours(text) : text);
  return EXIT.success;
}

export async function replay(
  cli: Cli,
  id: string,
  options: ConnectionOptions & { again?: boolean },
): Promise<number> {
  const params = { delivery: id };
  const body = { again: options.again === true };
  return toldOf(
    cli,
    options,
    await connect(cli, options).call(deliveryOperations.replayDelivery, { params, body }),
  );
}

export async function decide(
  cli: Cli,
  id: string,
  decision: 'approve' | 'reject',
  options: ConnectionOptions,
): Promise<number> {
  const { approveDelivery, rejectDelivery } = deliveryOperations;
  const operation = decision === 'approve' ? approveDelivery : rejectDelivery;
  return toldOf(cli, options, await connect(cli, options).call(operation, { params: { delivery: id } }));
}

function toldOf(cli: Cli, options: ConnectionOptions, one: Delivery): number {
  if (options.json === true) printJson(cli, one);
  else print(cli, deliveryPageLines(one, canvasOf(cli)));
  return EXIT.success;
}
