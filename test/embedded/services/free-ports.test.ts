import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { choosePorts } from '../../../src/embedded/services/free-ports.js';

const taken: Server[] = [];
afterEach(() => {
  for (const server of taken.splice(0)) server.close();
});

async function takePort(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  taken.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

const nothing = { wanted: {}, remembered: {}, mustKeep: false };

test('a port is chosen that no outgoing connection can come to hold', async () => {
  const { http } = await choosePorts(['http'], nothing);

  expect(http).toBeGreaterThanOrEqual(20_000);
  expect(http).toBeLessThan(32_000);
});

test('the port of the last time is waited for while the process that held it ends', async () => {
  const { server, port } = await takePort();
  setTimeout(() => server.close(), 300);

  await expect(choosePorts(['http'], { ...nothing, remembered: { http: port } })).resolves.toEqual({
    http: port,
  });
});

test('a port of the last time that stays taken gives way to another', async () => {
  const { port } = await takePort();

  const chosen = await choosePorts(['http'], { ...nothing, remembered: { http: port } });

  expect(chosen.http).not.toBe(port);
});

test('a port that names were given out with is never changed: who holds it has to go', async () => {
  const { port } = await takePort();

  const choosing = choosePorts(['http'], { ...nothing, remembered: { http: port }, mustKeep: true });

  await expect(choosing).rejects.toMatchObject({
    code: 'service_start_failed',
    message: expect.stringMatching(new RegExp(`Port ${port}, which is part of the names.*Free it and start`)),
  });
});

test('a wanted port that is taken is refused at once', async () => {
  const { port } = await takePort();

  const choosing = choosePorts(['http'], { ...nothing, wanted: { http: port } });

  await expect(choosing).rejects.toMatchObject({
    message: `Port ${port} is taken by another process. Free it or configure another port.`,
  });
});
