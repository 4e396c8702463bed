import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { z } from 'zod';
import { KilnError, toKilnError } from '../domain/errors.js';
import type { LeaseRef } from '../domain/dispatch/lease.js';

const MAX_BODY_BYTES = 64 * 1024;

const LeaseBody = z.strictObject({
  buildId: z.uuid(),
  attempt: z.int().min(1),
  leaseId: z.uuid(),
  fence: z.int().min(1),
});

/** What the socket offers to the worker process. */
export interface SupervisorService {
  run(lease: LeaseRef): Promise<unknown>;
  stop(lease: LeaseRef): Promise<void>;
  publishSpec(lease: LeaseRef): Promise<unknown>;
  health(): { readonly workerId: string | null };
}

/** Serves the supervisor on a unix socket that only its own user may open. Answers are JSON; a run is answered when it has ended. */
export async function serveSocket(socketPath: string, service: SupervisorService): Promise<Server> {
  const server = createServer((request, response) => {
    answer(service, request)
      .then((body) => send(response, 200, body))
      .catch((thrown: unknown) => {
        const { code, message, rule } = toKilnError(thrown);
        send(response, rule.status, { code, detail: message });
      });
  });
  server.requestTimeout = 0;
  server.timeout = 0;
  await mkdir(dirname(socketPath), { recursive: true, mode: 0o700 });
  // The socket file of a killed supervisor stays behind.
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  await chmod(socketPath, 0o600);
  return server;
}

/** Raises service_start_failed when a supervisor already answers on the socket: two must not share a state folder. */
export async function refuseSecond(socketPath: string): Promise<void> {
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(socketPath, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
  if (!answers) return;
  throw new KilnError('service_start_failed', {
    message: `A supervisor already runs on ${socketPath}: stop it first, or use another socket and state folder.`,
  });
}

/** Refuses new calls and lets go of those that still wait. */
export async function closeSocket(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), 200).unref();
  await closed;
}

async function answer(service: SupervisorService, request: IncomingMessage): Promise<unknown> {
  switch (`${request.method} ${request.url}`) {
    case 'GET /healthz':
      return service.health();
    case 'POST /runs':
      return service.run(await readLease(request));
    case 'POST /runs/stop':
      await service.stop(await readLease(request));
      return {};
    case 'POST /publish-spec':
      return service.publishSpec(await readLease(request));
    default:
      throw new KilnError('not_found');
  }
}

async function readLease(request: IncomingMessage): Promise<LeaseRef> {
  const blocks: Buffer[] = [];
  let bytes = 0;
  for await (const block of request as AsyncIterable<Buffer>) {
    bytes += block.length;
    if (bytes > MAX_BODY_BYTES) throw new KilnError('json_too_large');
    blocks.push(block);
  }
  const parsed = LeaseBody.safeParse(parseJson(Buffer.concat(blocks).toString('utf8')));
  if (!parsed.success) throw new KilnError('invalid_request', { detail: parsed.error.message });
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { 'content-type': type });
  response.end(JSON.stringify(body));
}
