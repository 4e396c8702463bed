import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  aContext,
  breakOff,
  eventually,
  framed,
  type MadeContext,
  sendRaw,
  sha256Of,
  upload,
} from './support/a-context.js';
import { TENANT, UPLOAD_ID } from './support/records.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

const MAX_BYTES = 4096;

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const putList = (context: MadeContext, list = context.list): Promise<Response> =>
  sendRaw(api, 'PUT', `/v1/uploads/sha256/${context.sha256}`, list);
const post = (body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> =>
  sendRaw(api, 'POST', '/v1/contents', body, headers);
const json = async (response: Promise<Response>): Promise<Record<string, unknown>> =>
  (await (await response).json()) as Record<string, unknown>;

/** Files below the data folder, by name. */
async function files(folder = ''): Promise<string[]> {
  const entries = await readdir(join(api.blobFolder, folder), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('a list', () => {
  it('is answered with what is missing, and with nothing once it is there', async () => {
    const context = aContext({
      Dockerfile: 'FROM scratch\n',
      'a/b': 'one',
      'a/c': 'one',
      empty: '',
      l: '-> a/b',
    });
    const digests = [...context.contents.keys()];
    expect(await json(putList(context))).toMatchObject({
      id: UPLOAD_ID,
      sha256: context.sha256,
      size_bytes: 19,
      entry_count: 6,
      missing: digests,
    });
    expect(await json(post(framed(context.contents)))).toEqual({ contents: 2, size_bytes: 16 });
    expect(await json(api.send(`/v1/uploads/sha256/${context.sha256}`))).toMatchObject({ missing: [] });
  });

  it('asks only for the contents that no earlier one brought', async () => {
    await upload(api, aContext({ Dockerfile: 'FROM a\n', x: '1' }));
    expect(await json(putList(aContext({ Dockerfile: 'FROM a\n', x: '2', y: '1' })))).toMatchObject({
      missing: [sha256Of('2')],
    });
  });

  it('learns nothing of what another tenant has', async () => {
    const context = aContext({ Dockerfile: 'FROM a\n' });
    await upload(api, context);
    const theirs = await api.send(`/v1/uploads/sha256/${context.sha256}`, {
      method: 'PUT',
      token: 'other-token',
      raw: context.list,
    });
    expect(await theirs.json()).toMatchObject({ missing: [...context.contents.keys()] });
    const content = await api.send(`/v1/contents/${sha256Of('FROM a\n')}`, { token: 'other-token' });
    expect(await content.json()).toMatchObject({ stored: false, offset_bytes: 0 });
  });

  it('may come compressed', async () => {
    const context = aContext({ Dockerfile: 'FROM a\n' });
    const response = await sendRaw(
      api,
      'PUT',
      `/v1/uploads/sha256/${context.sha256}`,
      gzipSync(context.list),
      {
        'content-encoding': 'gzip',
      },
    );
    expect(response.status).toBe(200);
    expect((await post(gzipSync(framed(context.contents)), { 'content-encoding': 'gzip' })).status).toBe(200);
    expect((await post(Buffer.from('no gzip'), { 'content-encoding': 'gzip' })).status).toBe(422);
    expect((await post(Buffer.from('x'), { 'content-encoding': 'br' })).status).toBe(422);
  });

  it.each([
    [
      'of another digest',
      () => Buffer.from('{"path":"a","kind":"folder","mode":493,"mtime":1}\n'),
      'digest_mismatch',
    ],
    ['that is a tar', () => Buffer.alloc(1024), 'context_invalid'],
    ['with nothing in it', () => Buffer.alloc(0), 'context_invalid'],
    ['with something after an empty line', () => Buffer.from('\nmore'), 'context_invalid'],
    [
      'that leads out',
      () => Buffer.from('{"path":"a","kind":"link","target":"../x"}\n'),
      'path_escapes_context',
    ],
  ])('%s is refused and leaves nothing', async (_, list, code) => {
    const bytes = list();
    const digest = code === 'digest_mismatch' ? 'a'.repeat(64) : sha256Of(bytes);
    expect(await json(sendRaw(api, 'PUT', `/v1/uploads/sha256/${digest}`, bytes))).toMatchObject({ code });
    expect(await files()).toEqual([]);
    expect(api.data.uploads.size).toBe(0);
  });

  it('of too many bytes or entries is refused before a content is sent', async () => {
    expect(await json(putList(aContext({ a: randomBytes(MAX_BYTES + 1) })))).toMatchObject({
      status: 413,
      code: 'payload_too_large',
      detail: expect.stringContaining(`"a" the build context is larger than ${MAX_BYTES} bytes`) as unknown,
      fix: expect.stringContaining('.dockerignore') as unknown,
    });
    const many = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`f${index}`, 'x']));
    expect(await json(putList(aContext(many)))).toMatchObject({
      status: 413,
      detail: expect.stringContaining('more than 20 entries') as unknown,
    });
  });

  it('is answered without a token, although its bytes are still coming', async () => {
    const response = await api.send(`/v1/uploads/sha256/${'a'.repeat(64)}`, {
      method: 'PUT',
      token: null,
      raw: randomBytes(1_000_000),
    });
    expect(response.status).toBe(401);
  });
});

describe('contents', () => {
  const context = aContext({ a: randomBytes(500), b: randomBytes(600), c: randomBytes(700) });
  const [first, second, third] = [...context.contents] as [
    [string, Buffer],
    [string, Buffer],
    [string, Buffer],
  ];

  it('lie under their digest in the folder of their tenant', async () => {
    await upload(api, context);
    const [sha256, bytes] = first;
    const path = join(api.blobFolder, 'contents', TENANT.tenantId, sha256.slice(0, 1), sha256);
    expect(await readFile(path)).toEqual(bytes);
    expect(await files('incoming')).toEqual([]);
  });

  it('that are not what their digest says are refused; what came before them is kept', async () => {
    await putList(context);
    const wrong = Buffer.from(second[1]);
    wrong[0] = (wrong[0] ?? 0) ^ 1;
    const answer = await json(post(framed([first, [second[0], wrong], third])));
    expect(answer).toMatchObject({ status: 422, code: 'digest_mismatch', fields: [{ field: second[0] }] });
    const { missing } = await json(api.send(`/v1/uploads/sha256/${context.sha256}`));
    expect(missing).toEqual([second[0], third[0]]);
    expect(await files('incoming')).toEqual([]);
  });

  it('that no list asks for are refused and not kept', async () => {
    expect(await json(post(framed([[sha256Of('x'), Buffer.from('x')]])))).toMatchObject({
      code: 'invalid_request',
    });
    expect(await files()).toEqual([]);
  });

  it('that were whole when the connection broke are kept', async () => {
    await putList(context);
    const body = framed([first, second]).subarray(0, -10);
    await breakOff(
      api,
      'POST',
      '/v1/contents',
      body,
      { 'content-length': '5000' },
      async () => (await files('incoming')).length > 1,
    );
    const missing = async (): Promise<unknown> =>
      (await json(api.send(`/v1/uploads/sha256/${context.sha256}`)))['missing'];
    await eventually(async () => JSON.stringify(await missing()) === JSON.stringify([second[0], third[0]]));
    expect(await files('incoming')).toEqual([]);
    expect(api.events.map(({ name }) => name)).not.toContain('requestFailed');
  });

  it.each(['no head\n', 'a 1\n', `${'a'.repeat(64)} 0\n`, 'x'.repeat(200)])(
    'need a head: %j',
    async (head) => {
      expect((await post(Buffer.from(head))).status).toBe(422);
    },
  );

  it('of two that send the same at once are stored once and for both', async () => {
    await putList(context);
    const both = await Promise.all([post(framed(context.contents)), post(framed(context.contents))]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect((await files('contents')).sort()).toEqual([...context.contents.keys(), context.sha256].sort());
    expect(await files('incoming')).toEqual([]);
  });
});

it('whose list somebody deleted is asked for again', async () => {
  const context = aContext({ Dockerfile: 'FROM a\n' });
  await upload(api, context);
  await rm(join(api.blobFolder, 'contents', TENANT.tenantId, context.sha256.slice(0, 1), context.sha256));
  expect((await api.send(`/v1/uploads/sha256/${context.sha256}`)).status).toBe(404);
  expect((await putList(context)).status).toBe(200);
});
