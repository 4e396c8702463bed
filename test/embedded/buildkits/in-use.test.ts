import { expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasConnection, isInUse } from '../../../src/embedded/buildkits/in-use.js';

const TABLE = [
  'Num       RefCount Protocol Flags    Type St Inode Path',
  '0000000026b484d9: 00000002 00000000 00010000 0001 01 3749339 /state/a.sock',
  '00000000b923735e: 00000003 00000000 00000000 0001 03 3749361 /state/b.sock',
  '000000006590e74d: 00000002 00000000 00010000 0001 01  7493 /state/b.sock',
  '0000000011111111: 00000002 00000000 00000000 0001 02     0 /state/with a blank.sock',
  '0000000022222222: 00000003 00000000 00000000 0001 03 77777',
].join('\n');

test('a socket that is listened to is in use once somebody is connected or about to be', () => {
  expect(['/state/a.sock', '/state/b.sock', '/state/with a blank.sock', '/state/b'].map(inTable)).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

const inTable = (path: string): boolean => hasConnection(TABLE, path);

test('the kernel tells who is connected and who is no longer', async () => {
  if (process.platform !== 'linux') return;
  const folder = mkdtempSync(join(tmpdir(), 'kiln-use-'));
  const path = join(folder, 'b.sock');
  const server = createServer();
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const before = await isInUse(path);
  const client = connect(path);
  const end = await accepted;

  const during = await isInUse(path);

  client.destroy();
  await new Promise((resolve) => end.once('close', resolve).resume());
  expect([before, during, await isInUse(path)]).toEqual([false, true, false]);
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});
