import { readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestCertificates } from './certificates.js';

/** What goes wrong with one request to the registry behind. */
export type RegistryFault =
  /** Not handed on: answered by the proxy. */
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: Record<string, string> }
  /** Only the first half of its body is handed on, then both connections break. */
  | { readonly kind: 'cut' }
  /** Handed on and carried out, but the answer is lost with its connection. */
  | { readonly kind: 'lose' }
  /** Handed on and carried out, and then silence, until the promise resolves and the connection breaks. */
  | { readonly kind: 'mute'; readonly until?: Promise<unknown> }
  /** Handed on only once the promise resolves. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** Answered by the proxy at once, and handed on for all that once the promise resolves. */
  | { readonly kind: 'late'; readonly status: number; readonly until: Promise<unknown> };

/** One request as the proxy sees it; `number` counts from 1. */
export interface SeenRequest {
  readonly number: number;
  readonly method: string;
  /** Path and parameters. */
  readonly url: string;
  readonly bodyBytes: number;
}

export type GuardedRequest = Pick<SeenRequest, 'method' | 'url'> & { readonly authorization: string };

/** A way to a real registry on which things go wrong. */
export interface FaultyProxy {
  readonly host: string;
  /** `METHOD /path?parameters` of every request so far. */
  readonly requests: string[];
  /** Asked for each request from now on, which are counted anew; null lets a request through. */
  fail(choose: (seen: SeenRequest) => RegistryFault | null): void;
  /** Who may pass from now on; null for everybody. */
  allow(user: { readonly username: string; readonly password: string } | null): void;
  /** Says who else may not pass from now on, and with which challenge; null lets a request pass. */
  guard(challenge: (request: GuardedRequest) => string | null): void;
  close(): Promise<void>;
}

/** Starts it on a free loopback port; with certificates it speaks TLS. */
export async function startFaultyProxy(
  registry: string,
  certificates: TestCertificates | null = null,
): Promise<FaultyProxy> {
  const requests: string[] = [];
  let choose: (seen: SeenRequest) => RegistryFault | null = () => null;
  let count = 0;
  let allowed: string | null = null;
  let challengeTo: (request: GuardedRequest) => string | null = () => null;

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = incoming;
    const number = ++count;
    requests.push(`${method} ${url}`);
    const body = await read(incoming);
    const seen = { number, method, url, bodyBytes: body.length };
    if (allowed !== null && incoming.headers.authorization !== allowed)
      return void outgoing.writeHead(401, { 'www-authenticate': 'Basic realm="proxy"' }).end();
    const challenge = challengeTo({ method, url, authorization: incoming.headers.authorization ?? '' });
    if (challenge !== null) return void outgoing.writeHead(401, { 'www-authenticate': challenge }).end();
    const fault = choose(seen);
    if (fault?.kind === 'answer') return void outgoing.writeHead(fault.status, fault.headers).end();
    if (fault?.kind === 'late') outgoing.writeHead(fault.status).end();
    if (fault?.kind === 'hold' || fault?.kind === 'late') await fault.until;
    // The registry names addresses by the scheme that it was asked by.
    if (certificates !== null) incoming.headers['x-forwarded-proto'] = 'https';
    handOn(registry, incoming, body, outgoing, fault);
  };
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void =>
    void answer(incoming, outgoing).catch(() => incoming.socket.destroy());
  const server =
    certificates === null
      ? createServer(listener)
      : createSecureServer(
          { key: readFileSync(certificates.keyPath), cert: readFileSync(certificates.certificatePath) },
          listener,
        );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail(next) {
      choose = next;
      count = 0;
    },
    allow(user) {
      const pair = user === null ? null : Buffer.from(`${user.username}:${user.password}`);
      allowed = pair === null ? null : `Basic ${pair.toString('base64')}`;
    },
    guard(challenge) {
      challengeTo = challenge;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function handOn(
  registry: string,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  fault: RegistryFault | null,
): void {
  const [hostname, port] = registry.split(':');
  const { method, url, headers } = incoming;
  const handed = request({ hostname, port, method, path: url, headers }, (answer) => {
    if (fault?.kind === 'lose') return void answer.resume().on('end', () => incoming.socket.destroy());
    if (fault?.kind === 'mute') {
      void fault.until?.then(() => incoming.socket.destroy());
      return void answer.resume();
    }
    if (fault?.kind === 'late') return void answer.resume();
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  handed.on('error', () => incoming.socket.destroy());
  if (fault?.kind !== 'cut') return void handed.end(body);
  // The registry gets the time to take the half.
  handed.write(body.subarray(0, Math.ceil(body.length / 2)), () => setTimeout(() => handed.destroy(), 20));
}

async function read(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
