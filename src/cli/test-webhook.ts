import { DeliveryReceipt } from '../contracts/webhooks.js';
import * as operations from '../contracts/webhook-operations.js';
import type { Cli } from './cli.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { CommandFailure, usageFailure } from './failure.js';
import { openConnections, readText } from './http.js';
import { judgeBody } from './judge-body.js';
import type { ConnectionOptions } from './options.js';
import { print, printJson } from './output.js';
import { failureOfAnswer, unreachable } from './problem.js';
import { stripEscapes } from './terminal/escapes.js';

export interface TestOptions extends ConnectionOptions {
  readonly branch?: string;
  readonly tag?: string;
  readonly url?: string;
}

const ANSWERED_WITHIN_MS = 20_000;

/** Sends a signed push to a webhook as its git host would, without a token, and shows what came of it. */
export async function test(cli: Cli, name: string, options: TestOptions): Promise<number> {
  const { branch, tag } = options;
  if (branch !== undefined && tag !== undefined)
    throw usageFailure('--branch and --tag exclude each other.', 'Test one push after the other.');
  const body = { ref: tag === undefined ? `refs/heads/${branch ?? 'main'}` : `refs/tags/${tag}` };
  judgeBody(operations.testWebhook.body, body, { ref: tag === undefined ? '--branch' : '--tag' });
  const client = connect(cli, options);
  const base = options.url === undefined ? client.apiUrl : baseOf(options.url);
  const params = { webhook: name };
  const webhook = await client.call(operations.getWebhook, { params });
  const request = await client.call(operations.testWebhook, { params, body });
  const url = `${base.replace(/\/+$/, '')}${webhook.url_path}`;
  const { delivery, status, reason } = await send(url, request);
  if (options.json === true) printJson(cli, { url, status, reason, delivery });
  else print(cli, [`${url} has taken it: the signature holds.`, stripEscapes(reason ?? '')]);
  return EXIT.success;
}

async function send(
  url: string,
  request: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<DeliveryReceipt> {
  try {
    const signal = AbortSignal.timeout(ANSWERED_WITHIN_MS);
    const response = await openConnections().send(url, { method: 'POST', signal, ...request });
    const text = await readText(response);
    if (response.status !== 200) throw failureOfAnswer(response.status, text, url);
    return DeliveryReceipt.parse(JSON.parse(text));
  } catch (error) {
    throw error instanceof CommandFailure ? error : unreachable(url, error);
  }
}

function baseOf(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw usageFailure(`--url: "${text}" is no address.`, 'Give one like https://kiln.example.com.');
}
