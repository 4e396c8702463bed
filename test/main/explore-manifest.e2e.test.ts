import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { pack } from 'tar-stream';
import { packFileList } from '../../src/adapters/layers/file-list.js';
import { createExploreManifest, type ExploreBounds } from '../../src/main/explore-manifest.js';
import type { Explored, StoredLayer, UnexploredLayer } from '../../src/ports/explorations.js';
import { scripted, type ScriptedRegistry } from '../adapters/registry/scripted-registry.js';
import { compiledSource } from '../support/compiled-sources.js';
import { zstdOf } from '../support/zstd-image.js';

let thread: URL;
let registry: ScriptedRegistry | null = null;
beforeAll(() => {
  thread = pathToFileURL(compiledSource('src/main/explore-thread.ts'));
});
afterEach(() => registry?.close());

async function aLayer(...files: [string, string][]): Promise<Buffer> {
  const packer = pack();
  for (const [name, content] of files) packer.entry({ name }, content);
  packer.finalize();
  const parts: Buffer[] = [];
  for await (const part of packer) parts.push(part as Buffer);
  return gzipSync(Buffer.concat(parts));
}

/** Headers of empty files; a packer would take seconds for so many. */
function manyNames(count: number): Buffer {
  const headers = Buffer.alloc((count + 2) * 512);
  for (let index = 0; index < count; index += 1) {
    const header = headers.subarray(index * 512, (index + 1) * 512);
    header.write(`${String(index)}/${'long'.repeat(20)}`, 0, 'latin1');
    header.write('0000644\0', 100, 'latin1');
    header.write('00000000000\0', 124, 'latin1');
    header.write('        0', 148, 'latin1');
    header.write('ustar\0', 257, 'latin1');
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
  return headers;
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Explores layers that a registry serves which asks for a password. */
async function explore(
  layers: readonly (UnexploredLayer | Buffer)[],
  options: {
    bounds?: ExploreBounds;
    signal?: AbortSignal;
    serve?: (response: ServerResponse, blob: Buffer) => void;
  } = {},
) {
  const blobs = new Map(
    layers.flatMap((one) => (Buffer.isBuffer(one) ? [[digestOf(one), one] as const] : [])),
  );
  registry = await scripted((request, response) => {
    if (request.headers.authorization !== `Basic ${Buffer.from('me:secret').toString('base64')}`) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return;
    }
    const blob = blobs.get(request.url?.split('/').at(-1) ?? '');
    if (blob === undefined) response.writeHead(404).end();
    else if (options.serve === undefined) response.end(blob);
    else options.serve(response, blob);
  });
  const { host } = registry;
  const saved: [string, Explored<StoredLayer>][] = [];
  const answer = createExploreManifest({
    thread,
    transport: { insecureHosts: [host] },
    credential: async (_owner, asked) => ({ host: asked, username: 'me', password: 'secret' }),
    ...(options.bounds !== undefined && { bounds: options.bounds }),
  })(
    { tenantId: 't', projectId: 'p' },
    {
      digest: 'sha256:manifest',
      repository: `${host}/team/app`,
      layers: layers.map((one) => (Buffer.isBuffer(one) ? { digest: digestOf(one), known: null } : one)),
    },
    async (digest, layer) => void saved.push([digest, layer]),
    options.signal ?? new AbortController().signal,
  );
  return { answer: await answer, saved };
}

test('layers that are not known are fetched with the credential of the project, and laid upon those that are', async () => {
  const known: UnexploredLayer = {
    digest: 'sha256:known',
    known: {
      fileList: packFileList([{ path: 'a', kind: 'file', sizeBytes: 7, mode: 0o644, content: 'x' }]),
      ...{ unpackedSizeBytes: 1024, entryCount: 1, packageDatabases: [], note: null },
    },
  };
  const own = await aLayer(['a', 'hello'], ['b', 'hi']);
  const { answer, saved } = await explore([known, own]);
  expect(answer).toMatchObject({
    unpackedSizeBytes: 1024 + 3072,
    layers: [
      { filesAdded: 1, wastedBytes: 7 },
      { filesAdded: 1, filesChanged: 1, wastedBytes: 0 },
    ],
    packages: null,
  });
  expect(saved.map(([digest, layer]) => [digest, 'entryCount' in layer && layer.entryCount])).toEqual([
    [digestOf(own), 2],
  ]);
});

test('a layer that is packed by zstd is read as one by gzip', async () => {
  const files: [string, string][] = [
    ['lib/a', 'hello'],
    ['lib/b', 'x'.repeat(300_000)],
  ];
  const packed = await aLayer(...files);
  const byZstd = zstdOf(gunzipSync(packed));
  const one = await explore([packed]);
  await registry?.close();
  const other = await explore([byZstd]);
  expect(other.answer).toEqual(one.answer);
  const [[digest, layer] = []] = other.saved;
  expect(digest).toBe(digestOf(byZstd));
  expect(layer).toEqual(one.saved[0]?.[1]);
  expect(layer).toMatchObject({ entryCount: 2 });
});

test('a layer that is no tar, and one that was found to be none, end it with a reason', async () => {
  const junk = Buffer.from('<html>'.repeat(200));
  const fetched = await explore([await aLayer(['a', 'x']), junk, await aLayer(['b', 'x'])]);
  expect(fetched.answer).toEqual({
    failureReason: expect.stringMatching(/^layer 2: it is no tar that can be read/),
  });
  expect(fetched.saved.map(([digest]) => digest)).toEqual([expect.any(String), digestOf(junk)]);
  await registry?.close();
  const known = await explore([{ digest: 'sha256:junk', known: { failureReason: 'it is no tar' } }]);
  expect(known).toEqual({ answer: { failureReason: 'layer 1: it is no tar' }, saved: [] });
});

test.each<[string, (response: ServerResponse, blob: Buffer) => void, string]>([
  ['sends other bytes', (response) => void response.end('something else'), 'image_mismatch'],
  ['refuses', (response) => void response.writeHead(403).end(), 'registry_denied'],
  ['has no such layer', (response) => void response.writeHead(404).end(), 'not_found'],
])('a registry that %s is its own fault, and nothing is kept of the layer', async (_name, serve, code) => {
  await expect(explore([await aLayer(['a', 'x'])], { serve })).rejects.toMatchObject({ code });
});

test('names without end use up the memory of the thread alone', async () => {
  const { answer } = await explore([gzipSync(manyNames(40_000))], {
    bounds: { timeoutMs: 60_000, memoryMib: 16 },
  });
  expect(answer).toEqual({ failureReason: 'layer 1: it has more than 16 MiB of names' });
});

test('a layer that comes too slowly is given up, and a stopped exploration ends at once', async () => {
  const slowly = (response: ServerResponse, blob: Buffer): void => void response.write(blob.subarray(0, 10));
  const layer = await aLayer(['a', 'x']);
  const late = await explore([layer], { bounds: { timeoutMs: 1_200, memoryMib: 64 }, serve: slowly });
  expect(late.answer).toEqual({
    failureReason: expect.stringMatching(/^layer 1: reading it took longer than/),
  });
  await registry?.close();
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 700);
  await expect(explore([layer], { signal: stop.signal, serve: slowly })).rejects.toThrow(/abort/);
});
