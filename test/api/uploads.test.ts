import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { UPLOAD_ID } from './support/records.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

const MAX_BYTES = 4096;

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function put(digest: string, bytes: Uint8Array): Promise<Response> {
  return fetch(`${api.url}/v1/uploads/sha256/${digest}`, {
    method: 'PUT',
    headers: { authorization: 'Bearer good-token', 'content-type': 'application/octet-stream' },
    body: Buffer.from(bytes),
  });
}

async function files(): Promise<string[]> {
  const entries = await readdir(api.blobFolder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** Sends the body in pieces without a Content-Length, and gives the status of the answer. */
function putChunked(
  digest: string,
  pieces: Uint8Array[],
  headers: Record<string, string> = {},
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${api.url}/v1/uploads/sha256/${digest}`,
      { method: 'PUT', headers: { authorization: 'Bearer good-token', ...headers } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    sent.on('error', reject);
    for (const piece of pieces) sent.write(piece);
    sent.end();
  });
}

it('keeps the bytes under their digest and gives the upload', async () => {
  const bytes = randomBytes(3000);
  const response = await put(digestOf(bytes), bytes);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ id: UPLOAD_ID, sha256: digestOf(bytes), size_bytes: 3000 });
  expect(
    await readFile(join(api.blobFolder, 'sha256', digestOf(bytes).slice(0, 2), digestOf(bytes))),
  ).toEqual(bytes);
});

it('takes the same bytes again', async () => {
  const bytes = randomBytes(100);
  await put(digestOf(bytes), bytes);
  expect((await put(digestOf(bytes), bytes)).status).toBe(200);
  expect(await files()).toEqual([digestOf(bytes)]);
});

it('refuses other bytes than announced and keeps nothing', async () => {
  const response = await put(digestOf(randomBytes(10)), randomBytes(10));
  expect(await response.json()).toMatchObject({ status: 422, code: 'digest_mismatch' });
  expect(await files()).toEqual([]);
  expect(api.data.uploads.size).toBe(0);
});

it('does not give an upload to one who knows only its digest', async () => {
  const bytes = randomBytes(100);
  await put(digestOf(bytes), bytes);
  expect((await put(digestOf(bytes), new Uint8Array())).status).toBe(422);
});

it('refuses an upload that is announced too large before reading it', async () => {
  const response = await put('a'.repeat(64), randomBytes(MAX_BYTES + 1));
  expect(await response.json()).toMatchObject({
    status: 413,
    code: 'payload_too_large',
    fix: expect.stringContaining('.dockerignore') as unknown,
  });
});

it('refuses an upload that turns out too large while it streams, and keeps nothing', async () => {
  expect(await putChunked('a'.repeat(64), [randomBytes(MAX_BYTES), randomBytes(MAX_BYTES)])).toBe(413);
  expect(await files()).toEqual([]);
});

it('answers an upload without a token, although its bytes are still coming', async () => {
  expect(await putChunked('a'.repeat(64), [randomBytes(1_000_000)], { authorization: 'none' })).toBe(401);
});

it('keeps nothing of an upload that breaks off', async () => {
  const sent = request(`${api.url}/v1/uploads/sha256/${'a'.repeat(64)}`, {
    method: 'PUT',
    headers: { authorization: 'Bearer good-token', 'content-length': '1000' },
  });
  sent.on('error', () => undefined);
  sent.write(randomBytes(500));
  while ((await files()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  sent.destroy();
  while ((await files()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(api.data.uploads.size).toBe(0);
  expect(api.events.map(({ name }) => name)).not.toContain('requestFailed');
});
