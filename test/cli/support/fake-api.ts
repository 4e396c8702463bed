import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ERRORS, type ErrorCode, type FieldProblem } from '../../../src/domain/errors.js';

export const TOKEN = 'kiln_test_token';

/** A request that the fake has seen. `body` is its text. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Handler = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

export interface FakeApi {
  readonly url: string;
  readonly seen: SeenRequest[];
  /**
   * Answers `METHOD /path` (or `METHOD /path/*`); a later handler for the same takes its place. `EARLY METHOD /path` answers
   * before the body is read and without looking at the token.
   */
  on(route: string, handler: Handler): void;
  requests(route: string): SeenRequest[];
  close(): Promise<void>;
}

/** An HTTP server that answers as the test says; it knows the token and nothing else. */
export async function startFakeApi(port = 0): Promise<FakeApi> {
  const handlers = new Map<string, Handler>();
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, response) => void answer(incoming, response));
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', 'http://fake');
    const method = incoming.method ?? 'GET';
    const find = (prefix: string): Handler | undefined =>
      handlers.get(`${prefix}${method} ${url.pathname}`) ??
      handlers.get(`${prefix}${method} ${url.pathname.replace(/[^/]+$/, '*')}`);
    const early = find('EARLY ');
    let body = '';
    if (early === undefined) for await (const bytes of incoming) body += (bytes as Buffer).toString('latin1');
    const request = { method, path: url.pathname, query: url.searchParams, headers: incoming.headers, body };
    seen.push(request);
    if (early !== undefined) return early(request, response);
    if (incoming.headers.authorization !== `Bearer ${TOKEN}`) return problem(response, 'unauthenticated');
    const handler = find('');
    if (handler === undefined) return problem(response, 'not_found');
    return handler(request, response);
  };
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    on: (route, handler) => void handlers.set(route, handler),
    requests: (route) => seen.filter((request) => `${request.method} ${request.path}` === route),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

export function problem(
  response: ServerResponse,
  code: ErrorCode,
  extra: { detail?: string; fields?: FieldProblem[]; fix?: string } = {},
): void {
  const rule = ERRORS[code];
  response.writeHead(rule.status, { 'content-type': 'application/problem+json' }).end(
    JSON.stringify({
      type: `urn:kiln:error:${code}`,
      title: rule.text,
      status: rule.status,
      detail: extra.detail ?? rule.text,
      code,
      fix: extra.fix ?? rule.fix,
      retryable: rule.retryable,
      fields: extra.fields ?? [],
      request_id: randomUUID(),
    }),
  );
}

/** Begins an event stream and gives the function that sends an event. */
export function eventStream(response: ServerResponse): (event: string, data: unknown, id?: string) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': hello\n\n');
  return (event, data, id) =>
    void response.write(
      `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
    );
}
