import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseNetwork } from '../../../src/domain/network/cidr.js';
import { createEgressProxy } from '../../../src/engines/paketo/egress-proxy.js';
import { firstLine } from '../../../src/engines/runc/serve-ways.js';

const NAMES: Record<string, string[]> = {
  'open.test': ['127.0.0.1'],
  'both.test': ['127.0.0.1', '10.0.0.1'],
  'inner.test': ['169.254.169.254'],
};
const resolve = async (host: string): Promise<string[]> => NAMES[host] ?? [host];

let web: Server;
let port: number;
let folder: string;
let way: string;
beforeAll(async () => {
  web = createServer((asked, answer) => answer.end(`${asked.headers.host} ${asked.url}`)).listen(
    0,
    '127.0.0.1',
  );
  await once(web, 'listening');
  port = (web.address() as AddressInfo).port;
  // As connections come from the gate: a line first, and what the client has said behind it.
  const proxy = createEgressProxy([parseNetwork('127.0.0.0/8')!], resolve);
  folder = mkdtempSync(join(tmpdir(), 'kiln-egress-'));
  way = join(folder, 'ways.sock');
  const gate = createSocketServer((socket) => {
    void firstLine(socket).then(() => proxy.emit('connection', socket));
  }).listen(way);
  await once(gate, 'listening');
  closers.push(() => gate.close());
});
const closers: (() => void)[] = [];
afterAll(() => {
  web.close();
  for (const close of closers) close();
  rmSync(folder, { recursive: true, force: true });
});

function clientOfProxy(): Socket {
  const socket = connect(way);
  socket.write('way 0\n');
  return socket;
}

async function get(url: string): Promise<{ status: number | undefined; body: string }> {
  const asked = request({ createConnection: clientOfProxy, path: url, headers: { host: new URL(url).host } });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let body = '';
  for await (const part of answer) body += String(part);
  return { status: answer.statusCode, body };
}

/** The first line of the answer to CONNECT, and what came through the tunnel after `hello`. */
async function tunnelled(target: string): Promise<string> {
  const socket = clientOfProxy();
  socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`);
  let text = '';
  socket.on('data', (data) => {
    if (text === '' && data.toString().includes(' 200 ')) socket.write('GET /in HTTP/1.0\r\n\r\n');
    text += data.toString();
  });
  await once(socket, 'close');
  return text;
}

test('a request is passed on to an address that may be reached, with the name that was asked for', async () => {
  expect(await get(`http://open.test:${port}/page?x=1`)).toEqual({
    ...{ status: 200, body: `open.test:${port} /page?x=1` },
  });
});

test('a tunnel leads to an address that may be reached', async () => {
  expect(await tunnelled(`open.test:${port}`)).toMatch(/^HTTP\/1.1 200 .*undefined \/in$/s);
});

test.each(['inner.test', 'both.test', '192.168.1.1', '[::ffff:10.0.0.1]', '0.0.0.0', 'localhost.'])(
  'neither request nor tunnel leads to %s',
  async (host) => {
    const asked = await get(`http://${host}:${port}/`);
    expect(asked.status).toBe(403);
    expect(await tunnelled(`${host}:${port}`)).toMatch(/^HTTP\/1.1 403 /);
  },
);

test('nonsense is answered, and does no harm', async () => {
  expect((await get('ftp://open.test/')).status).toBe(403);
  expect(await tunnelled('::::')).toMatch(/^HTTP\/1.1 4\d\d /);
  expect((await get(`http://open.test:${port}/`)).status).toBe(200);
});
