import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { once } from 'node:events';
import type { Response } from 'express';
import { expect, it } from 'vitest';
import { sendBytes } from '../../src/api/send-bytes.js';

const PART = Buffer.alloc(64 * 1024, 'x');

/** What a client that has been connected gets, and how the sending stands. */
async function sending(parts: number, heard: (response: ServerResponse) => void = () => undefined) {
  let read = 0;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (; read < parts; read += 1) yield PART;
  }
  let over: Promise<void> | undefined;
  const server = createServer((_, response) => {
    heard(response);
    over = sendBytes(response as Response, bytes()).then(() => void response.end());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  client.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  return { client, partsRead: () => read, over: () => over, close: () => server.close() };
}

it('waits for a slow client without a listener more for each wait', async () => {
  let most = 0;
  let waits = 0;
  const sent = await sending(300, (response) =>
    response.on('drain', () => {
      waits += 1;
      most = Math.max(most, response.listenerCount('close') + response.listenerCount('error'));
    }),
  );
  let size = 0;
  for await (const part of sent.client) size += (part as Buffer).length;
  await sent.over();
  sent.close();

  expect(size).toBeGreaterThan(300 * PART.length);
  expect(waits).toBeGreaterThan(50);
  expect(most).toBeLessThan(10);
});

it('reads no further when the client is gone', async () => {
  const sent = await sending(100_000);
  await once(sent.client, 'readable');
  sent.client.destroy();
  while (sent.over() === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  await sent.over();
  sent.close();

  expect(sent.partsRead()).toBeLessThan(10_000);
});
