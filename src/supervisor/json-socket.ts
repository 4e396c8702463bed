import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { KilnError, toKilnError } from '../domain/errors.js';

const MAX_BODY_BYTES = 64 * 1024;

/** One call over a socket. */
export interface SocketCall {
  /** Method and path, such as `POST /runs`. */
  readonly route: string;
  /** Reads the body as JSON, null where it is none; unjudged. */
  body(): Promise<unknown>;
  /** Fires when the caller goes away before his answer. */
  readonly signal: AbortSignal;
}

/** Serves a unix socket that only its own user may open. Bodies and answers are JSON, errors problems with their code. */
export async function serveJsonSocket(
  socketPath: string,
  answer: (call: SocketCall) => Promise<unknown>,
): Promise<Server> {
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const route = `${request.method} ${request.url}`;
    answer({ route, body: () => readJson(request), signal: gone.signal })
      .then((body) => send(response, 200, body))
      .catch((thrown: unknown) => {
        const { code, message, rule } = toKilnError(thrown);
        send(response, rule.status, { code, detail: message });
      });
  });
  server.requestTimeout = 0;
  server.timeout = 0;
  await mkdir(dirname(socketPath), { recursive: true, mode: 0o700 });
  // The socket file of a killed process stays behind.
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  await chmod(socketPath, 0o600);
  return server;
}

/** Refuses new calls and lets go of those that still wait. */
export async function closeSocket(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), 200).unref();
  await closed;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const blocks: Buffer[] = [];
  let bytes = 0;
  for await (const block of request as AsyncIterable<Buffer>) {
    bytes += block.length;
    if (bytes > MAX_BODY_BYTES) throw new KilnError('json_too_large');
    blocks.push(block);
  }
  try {
    return JSON.parse(Buffer.concat(blocks).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type });
  response.end(JSON.stringify(body));
}
