import fs from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { z } from 'zod';
import * as operations from '../contracts/notification-operations.js';
import type {
  NewNotificationTarget,
  Notification,
  NotificationTarget,
  NotificationTargetChange,
} from '../contracts/notifications.js';
import type { NotificationState } from '../domain/notifications/delivery-state.js';
import type { TargetKind } from '../domain/notifications/target-kind.js';
import type { Cli } from './cli.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { usageFailure } from './failure.js';
import { judgeBody, namedByFlags } from './judge-body.js';
import type { ConnectionOptions } from './options.js';
import { print, printJson, styleOf, writeSlowly } from './output.js';
import { keepOnlyColours } from './terminal/escapes.js';
import {
  notificationListLines,
  notificationPageLines,
  targetListLines,
  targetPageLines,
} from './views/notification-list.js';

interface PlaceOptions extends ConnectionOptions {
  readonly url?: string;
  readonly event?: string[];
  readonly tokenFromFile?: string;
}
export interface AddOptions extends PlaceOptions {
  readonly kind: TargetKind;
  readonly project?: string;
}
export interface SetOptions extends PlaceOptions {
  readonly name?: string;
  readonly on?: boolean;
  readonly off?: boolean;
}
export interface DeliveriesOptions extends ConnectionOptions {
  readonly state?: NotificationState;
  readonly limit: number;
  readonly cursor?: string;
}
export interface PayloadOptions extends ConnectionOptions {
  readonly payload?: boolean;
}
export interface ReplayOptions extends ConnectionOptions {
  readonly dead?: boolean;
}

/** By which flag each field came. */
const FLAGS = {
  name: 'The name',
  kind: '--kind',
  project: '--project',
  url: '--url',
  events: '--event',
  token: '--token-from-file',
} as const;

function canvasOf(cli: Cli) {
  return { columns: cli.stdout.columns ?? 100, nowMs: Date.now(), style: styleOf(cli, cli.stdout) };
}

export async function list(cli: Cli, options: ConnectionOptions & { project?: string }): Promise<number> {
  const query = options.project === undefined ? {} : { project: options.project };
  const answer = await connect(cli, options).call(operations.listNotificationTargets, { query });
  if (options.json === true) printJson(cli, answer);
  else print(cli, targetListLines(answer.items, canvasOf(cli)));
  return EXIT.success;
}

export async function add(cli: Cli, name: string, options: AddOptions): Promise<number> {
  const { kind, project } = options;
  const body = { ...placeOf(cli, options), name, kind, ...(project !== undefined && { project }) };
  judgeBody(operations.addNotificationTarget.body, body, FLAGS);
  const added = await connect(cli, options)
    .call(operations.addNotificationTarget, { body: body as z.input<typeof NewNotificationTarget> })
    .catch((error: unknown) => {
      throw namedByFlags(error, FLAGS, {});
    });
  if (options.json === true) printJson(cli, added);
  else
    print(cli, [
      `${added.target.name} is added; \`kiln notifications test ${added.target.name}\` tries it.`,
      ...secretLines(added.secret),
    ]);
  return EXIT.success;
}

/** Shown this once. */
function secretLines(secret: string | null): string[] {
  if (secret === null) return [];
  return [
    '',
    `  secret  ${secret}`,
    '',
    'The receiver checks the signature with it: docs/notifications.md. It is not shown again.',
  ];
}

function placeOf(cli: Cli, { url, event, tokenFromFile }: PlaceOptions) {
  return {
    ...(url !== undefined && { url }),
    ...(event !== undefined && { events: event }),
    ...(tokenFromFile !== undefined && { token: readToken(cli, tokenFromFile) }),
  };
}

function readToken(cli: Cli, file: string): string {
  try {
    return fs.readFileSync(path.resolve(cli.cwd, file), 'utf8').trim();
  } catch {
    throw usageFailure(`--token-from-file: ${file} cannot be read.`, 'Name a file that you may read.');
  }
}

export async function show(cli: Cli, target: string, options: ConnectionOptions): Promise<number> {
  return toldTarget(
    cli,
    options,
    await connect(cli, options).call(operations.getNotificationTarget, { params: { target } }),
  );
}

export async function set(cli: Cli, target: string, options: SetOptions): Promise<number> {
  const body = {
    ...placeOf(cli, options),
    ...(options.name !== undefined && { name: options.name }),
    ...((options.on === true || options.off === true) && { is_active: options.on === true }),
  };
  if (Object.keys(body).length === 0)
    throw usageFailure(
      'Nothing to change was named.',
      '`kiln notifications set --help` shows what there is.',
    );
  judgeBody(operations.changeNotificationTarget.body, body, FLAGS);
  const changed = await connect(cli, options)
    .call(operations.changeNotificationTarget, {
      params: { target },
      body: body as z.input<typeof NotificationTargetChange>,
    })
    .catch((error: unknown) => {
      throw namedByFlags(error, FLAGS, {});
    });
  return toldTarget(cli, options, changed);
}

function toldTarget(cli: Cli, options: ConnectionOptions, target: NotificationTarget): number {
  if (options.json === true) printJson(cli, target);
  else print(cli, targetPageLines(target, canvasOf(cli)));
  return EXIT.success;
}

export async function rotate(cli: Cli, target: string, options: ConnectionOptions): Promise<number> {
  const rotated = await connect(cli, options).call(operations.rotateNotificationTarget, {
    params: { target },
  });
  if (options.json === true) printJson(cli, rotated);
  else
    print(cli, [
      `${rotated.target.name} is signed with a new secret; for a day the old one signs too.`,
      ...secretLines(rotated.secret),
    ]);
  return EXIT.success;
}

/** Fails when the test was not delivered. */
export async function test(cli: Cli, target: string, options: ConnectionOptions): Promise<number> {
  const sent = await connect(cli, options).call(operations.testNotificationTarget, { params: { target } });
  toldNotification(cli, options, sent);
  return sent.state === 'delivered' ? EXIT.success : EXIT.failed;
}

export async function remove(cli: Cli, target: string, options: ConnectionOptions): Promise<number> {
  await connect(cli, options).call(operations.removeNotificationTarget, { params: { target } });
  if (options.json === true) printJson(cli, { removed: target });
  else print(cli, [`${target} is removed`]);
  return EXIT.success;
}

export async function deliveries(cli: Cli, target: string, options: DeliveriesOptions): Promise<number> {
  const { cursor, state } = options;
  const page = await connect(cli, options).call(operations.listNotifications, {
    params: { target },
    query: {
      limit: String(options.limit),
      ...(cursor === undefined ? {} : { cursor }),
      ...(state === undefined ? {} : { state }),
    },
  });
  if (options.json === true) printJson(cli, page);
  else {
    print(cli, notificationListLines(page.items, canvasOf(cli)));
    if (page.next_cursor !== null) cli.stderr.write(`More: --cursor ${page.next_cursor}\n`);
  }
  return EXIT.success;
}

export async function delivery(cli: Cli, notification: string, options: PayloadOptions): Promise<number> {
  const client = connect(cli, options);
  const params = { notification };
  if (options.payload !== true)
    return toldNotification(cli, options, await client.call(operations.getNotification, { params }));
  const answer = await client.open(operations.getNotificationPayload, { params });
  const text = (await buffer(answer.body)).toString();
  await writeSlowly(cli.stdout, cli.stdout.isTTY === true ? keepOnlyColours(text) : text);
  return EXIT.success;
}

export async function replay(cli: Cli, name: string, options: ReplayOptions): Promise<number> {
  const client = connect(cli, options);
  if (options.dead !== true)
    return toldNotification(
      cli,
      options,
      await client.call(operations.replayNotification, { params: { notification: name } }),
    );
  const answer = await client.call(operations.replayDeadNotifications, { params: { target: name } });
  if (options.json === true) printJson(cli, answer);
  else print(cli, [`${answer.replayed} are sent again`]);
  return EXIT.success;
}

function toldNotification(cli: Cli, options: ConnectionOptions, one: Notification): number {
  if (options.json === true) printJson(cli, one);
  else print(cli, notificationPageLines(one, canvasOf(cli)));
  return EXIT.success;
}
