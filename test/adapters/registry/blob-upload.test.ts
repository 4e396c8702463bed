import { BlobUpload, UploadLost } from '../../../src/adapters/registry/blob-upload.js';
import { RegistryClient } from '../../../src/adapters/registry/client.js';
import { REGISTRY_LIMITS } from '../../../src/adapters/registry/limits.js';
import { openTransport } from '../../../src/adapters/registry/transport.js';
import { parseNetwork } from '../../../src/domain/network/cidr.js';
import { scripted, type ScriptedRegistry } from './scripted-registry.js';

const LOOPBACK = ['127.0.0.0/8'].flatMap((text) => parseNetwork(text) ?? []);
let server: ScriptedRegistry;
afterEach(() => server.close());

/** A registry that breaks off at the first piece and then says that it has so much. */
async function brokenAfter(range: string | null) {
  const ranges: (string | undefined)[] = [];
  server = await scripted((request, response) => {
    const headers = { location: '/v2/a/blobs/uploads/1', ...(range !== null && { range }) };
    if (request.method === 'GET') return void response.writeHead(range === null ? 404 : 204, headers).end();
    ranges.push(request.headers['content-range']);
    if (ranges.length === 1) return void request.socket.destroy();
    response.writeHead(202, { location: '/v2/a/blobs/uploads/1' }).end();
  });
  const client = new RegistryClient(
    openTransport({ allowedNetworks: LOOPBACK }),
    () => Promise.resolve(null),
    { ...REGISTRY_LIMITS, pauseMs: 1, maxPauseMs: 2 },
  );
  const address = new URL(`http://${server.host}/v2/a/blobs/uploads/1`);
  return { ranges, upload: new BlobUpload(client, `${server.host}/a`, address, undefined) };
}

test.each([
  ['0-0', ['0-99', '0-99']],
  ['0-39', ['0-99', '40-99']],
  ['0-99', ['0-99']],
])('a piece of which the registry has %s is sent from there on', async (range, sent) => {
  const { upload, ranges } = await brokenAfter(range);
  await upload.send(Buffer.alloc(100, 'x'));
  expect(ranges).toEqual(sent);
});

test.each([['0-150'], [null]])('an upload of which it has %s is lost', async (range) => {
  const { upload } = await brokenAfter(range);
  await expect(upload.send(Buffer.alloc(100, 'x'))).rejects.toBeInstanceOf(UploadLost);
});
