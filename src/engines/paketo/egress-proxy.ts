import { lookup } from 'node:dns/promises';
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Network } from '../../domain/network/cidr.js';
import { refusedBecause } from '../../domain/network/reach.js';
import { pass } from '../runc/serve-ways.js';

/** Every address of a name. */
type Resolve = (host: string) => Promise<readonly string[]>;

/** Headers that are between client and proxy alone (RFC 9110, 7.6.1). */
const HOP_BY_HOP = ['connection', 'proxy-connection', 'proxy-authorization', 'keep-alive', 'te', 'upgrade'];

/**
 * An HTTP proxy that connects to public addresses only: the very address that was judged is connected to, so that no name leads to this
 * machine or its networks. It listens nowhere; who accepts connections emits them as `connection`.
 */
export function createEgressProxy(allowed: readonly Network[] = [], resolve: Resolve = addressesOf): Server {
  const judged = async (host: string): Promise<string> => {
    const bare = host.replace(/^\[(.*)\]$/, '$1');
    const addresses = await resolve(bare);
    // A name that has both kinds of address is a way around the rule.
    const reason = addresses.map((one) => refusedBecause(one, allowed)).find((one) => one !== null);
    if (reason !== undefined)
      throw new Error(`The host ${host} is in ${reason}: buildpacks reach public addresses only.`);
    const [address] = addresses;
    if (address === undefined) throw new Error(`The host ${host} has no address.`);
    return address;
  };
  const server = createServer((asked, answer) => {
    forward(asked, answer, judged).catch((error: unknown) => refuse(answer, error));
  });
  server.on('connect', (asked: IncomingMessage, client: Socket, head: Buffer) => {
    client.on('error', () => client.destroy());
    tunnel(asked, client, head, judged).catch((error: unknown) => {
      client.end(`HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\n\r\n${messageOf(error)}\n`);
    });
  });
  return server;
}

async function tunnel(
  asked: IncomingMessage,
  client: Socket,
  head: Buffer,
  judged: (host: string) => Promise<string>,
): Promise<void> {
  const { hostname, port } = new URL(`http://${asked.url ?? ''}`);
  const target = connect(port === '' ? 80 : Number(port), await judged(hostname));
  target.on('connect', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    target.write(head);
    pass(client, target);
  });
  target.on('error', () => client.destroy());
}

async function forward(
  asked: IncomingMessage,
  answer: ServerResponse,
  judged: (host: string) => Promise<string>,
): Promise<void> {
  const url = new URL(asked.url ?? '');
  if (url.protocol !== 'http:') throw new Error(`${url.protocol} is not passed on.`);
  const kept = Object.entries(asked.headers).filter(([name]) => !HOP_BY_HOP.includes(name));
  const onward = request({
    host: await judged(url.hostname),
    port: url.port === '' ? 80 : Number(url.port),
    method: asked.method,
    path: `${url.pathname}${url.search}`,
    headers: { ...Object.fromEntries(kept), host: url.host },
    agent: false,
  });
  onward.on('error', (error) => refuse(answer, error, 502));
  onward.on('response', (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  asked.pipe(onward);
}

function refuse(answer: ServerResponse, error: unknown, status = 403): void {
  if (answer.headersSent) return void answer.destroy();
  answer.writeHead(status, { 'content-type': 'text/plain' });
  answer.end(`${messageOf(error)}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'refused';
}

async function addressesOf(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
