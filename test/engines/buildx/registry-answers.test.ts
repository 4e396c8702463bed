import { createServer, type Server } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { answers } from '../../../src/engines/buildx/registry-answers.js';

test.each<[string, () => Server, boolean]>([
  ['answers', () => createHttpServer((_, response) => response.writeHead(401).end()), true],
  ['speaks TLS', () => createTlsServer(), true],
  ['closes at once', () => createServer((socket) => socket.destroy()), true],
  ['says nothing', () => createServer((socket) => socket.resume()), false],
])('a registry that %s', async (_, make, expected) => {
  const server = make();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await answers({ host: '127.0.0.1', port }, 1_000)).toBe(expected);
  server.close();
});

test('a port that nobody listens on answers: it refuses', async () => {
  expect(await answers({ host: '127.0.0.1', port: 1 }, 1_000)).toBe(true);
});
