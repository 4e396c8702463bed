import { Webhook } from 'standardwebhooks';
import type { BuildStatus } from '../../domain/builds/status.js';
import { KilnError } from '../../domain/errors.js';
import {
  commitStatusRequest,
  type HostRequest,
  tokenCheckRequest,
  tokenHeader,
} from '../../domain/notifications/commit-status.js';
import { judgeAnswer } from '../../domain/notifications/judge-answer.js';
import { readRetryAfter } from '../../domain/notifications/retry-schedule.js';
import type { GitHostKind } from '../../domain/notifications/target-kind.js';
import type { DueNotification, Notifier, SendResult, TargetSecret } from '../../ports/notifications.js';
import { describeTrouble } from './describe-trouble.js';

/** Half of what a claim lasts: who is late does not meet the next one who tries. */
const ANSWER_TIMEOUT_MS = 15_000;
const READ_OF_ANSWER = 2_000;

interface Request {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly state: string | null;
}

/**
 * Sends notifications. `fetch` makes the connection, judges the very address that it goes to (`host_not_allowed`), and follows no redirect;
 * `pageOf` names a page about a build, null where there is none.
 */
export function createNotifier(options: {
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>;
  readonly pageOf: (buildId: string) => string | null;
  readonly userAgent: string;
  readonly answerTimeoutMs?: number;
}): Notifier {
  return {
    async send(notification, secret, signal) {
      const answerTimeoutMs = options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
      const timeout = AbortSignal.timeout(answerTimeoutMs);
      let request: Request;
      try {
        request = requestOf(notification, secret, options.pageOf);
      } catch (error) {
        return undeliverable(error);
      }
      try {
        const response = await options.fetch(request.url, {
          method: request.method,
          headers: { ...request.headers, 'user-agent': options.userAgent },
          ...(request.body === null ? {} : { body: Buffer.from(request.body) }),
          redirect: 'manual',
          signal: AbortSignal.any([signal, timeout]),
        });
        return await resultOf(notification, request, response);
      } catch (error) {
        signal.throwIfAborted();
        if (timeout.aborted) return failed(`It has not answered within ${answerTimeoutMs / 1000} s.`);
        const { text, isRefused } = describeTrouble(error);
        return { ...failed(text), what: isRefused ? 'dead' : 'failed' };
      }
    },
  };
}

async function resultOf(
  { kind, eventType }: DueNotification,
  { state }: Request,
  response: Response,
): Promise<SendResult> {
  const { status } = response;
  // A token may be good for statuses and not for what is asked here to try it.
  if (kind !== 'webhook' && eventType === 'test' && status === 403)
    return { what: 'delivered', responseStatus: status };
  const text = status >= 200 && status < 300 ? '' : (await response.text()).slice(0, READ_OF_ANSWER);
  const verdict = judgeAnswer(kind, state, { status, text });
  if (verdict.what === 'delivered') return { what: 'delivered', responseStatus: status };
  const askedPauseMs = readRetryAfter(response.headers.get('retry-after'), Date.now());
  return { ...verdict, responseStatus: status, askedPauseMs };
}

function requestOf(
  notification: DueNotification,
  secret: TargetSecret,
  pageOf: (buildId: string) => string | null,
): Request {
  const { kind, url, payload, id, eventType } = notification;
  if (kind === 'webhook')
    return {
      url: new URL(url),
      method: 'POST',
      body: payload,
      state: null,
      headers: signed(id, payload, secret),
    };
  const request = eventType === 'test' ? tokenCheckRequest(kind) : statusRequest(kind, payload, pageOf);
  return {
    ...{ method: request.method, body: request.body, state: request.state },
    url: new URL(url + request.path),
    headers: { ...request.headers, ...tokenHeader(kind, secret.current) },
  };
}

/** https://www.standardwebhooks.com: the same id and body at each try, the time of the try, a signature of each secret that holds. */
function signed(id: string, payload: string, { current, previous }: TargetSecret): Record<string, string> {
  const at = new Date();
  const secrets = [
    current,
    ...(previous !== null && Date.parse(previous.until) > at.getTime() ? [previous.secret] : []),
  ];
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, payload)).join(' '),
  };
}

/** What a payload says that a commit status needs; the trigger of the database writes it. */
interface StatusPayload {
  readonly data: {
    readonly build_id: string;
    readonly number: number;
    readonly project: string;
    readonly status: BuildStatus;
    readonly repository_url: string;
    readonly commit: string;
    readonly branch: string | null;
    readonly failure: { readonly code: string | null } | null;
  };
}

function statusRequest(
  kind: GitHostKind,
  payload: string,
  pageOf: (buildId: string) => string | null,
): HostRequest {
  const { data } = JSON.parse(payload) as StatusPayload;
  return commitStatusRequest(kind, {
    ...{ project: data.project, number: data.number, status: data.status, commit: data.commit },
    ...{ repositoryUrl: data.repository_url, branch: data.branch },
    failureCode: data.failure?.code ?? null,
    pageUrl: pageOf(data.build_id),
  });
}

function failed(because: string): SendResult & { readonly what: 'failed' | 'dead' | 'gone' } {
  return { what: 'failed', because, responseStatus: null, askedPauseMs: null };
}

function undeliverable(error: unknown): SendResult {
  const because = error instanceof KilnError ? error.message : 'No request can be made of it.';
  return { ...failed(because), what: 'dead' };
}
