import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createContentFiles } from '../../src/adapters/blobs/content-files.js';
import { contentPath } from '../../src/adapters/blobs/folder-store.js';
import type { BuildArtifact } from '../../src/contracts/artifacts.js';
import { IMAGE } from '../../src/contracts/examples/images.js';
import { KilnError } from '../../src/domain/errors.js';
import { sendRaw, sha256Of } from './support/a-context.js';
import { aWorld, fakeBuilds } from './support/fake-stores.js';
import { FENCE } from './support/fake-leases.js';
import { BUILD_ID, LEASE_ID, TENANT } from './support/records.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

const BYTES = Buffer.from('0123456789');
const digest = sha256Of(BYTES);
const artifact: BuildArtifact = {
  ...{ artifact_name: 'docs', artifact_type: 'build_output', media_type: 'application/x-tar' },
  ...{ artifact_size_bytes: BYTES.length, sha256_digest: digest, attempt: 1, is_available: true },
  ...{ artifact_location: `contents/${digest}`, retention_policy: 'permanent', expires_at: null },
  created_at: '2026-05-04T10:00:01.000Z',
};

let api: ApiUnderTest;
let folder: string;
const artifacts: BuildArtifact[] = [];
beforeEach(async () => {
  // As the state folder of `kiln up`, its name begins with a dot.
  folder = await mkdtemp(path.join(tmpdir(), '.kiln-artifacts-'));
  artifacts.splice(0, Infinity, artifact);
  const builds = { ...fakeBuilds(aWorld()), artifacts: () => Promise.resolve(artifacts) };
  api = await startApi({ builds, files: createContentFiles(folder) });
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const put = (size = BYTES.length, sha256 = digest) =>
  api.send(`/internal/v1/leases/${LEASE_ID}/artifacts/${sha256}?fence=${FENCE}&size_bytes=${size}`, {
    method: 'PUT',
    token: 'lease-token',
    raw: BYTES,
  });
const get = (headers: Record<string, string> = {}) =>
  api.send(`/v1/builds/${BUILD_ID}/artifacts/docs`, { headers });

test('what a supervisor has stored is downloaded as a file, also twice', async () => {
  expect([(await put()).status, (await put()).status]).toEqual([204, 204]);
  const answer = await get();
  expect([answer.status, await answer.text()]).toEqual([200, '0123456789']);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'application/x-tar',
    'content-length': '10',
    'content-disposition': 'attachment; filename="docs.tar"',
    'accept-ranges': 'bytes',
    'cache-control': 'no-store',
    etag: `"${digest}"`,
  });
});

test('a range is sent alone, one of other bytes not at all, and one beyond the end is refused', async () => {
  await put();
  const part = await get({ range: 'bytes=2-4', 'if-range': `"${digest}"` });
  expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
    206,
    '234',
    'bytes 2-4/10',
  ]);
  const other = await get({ range: 'bytes=2-4', 'if-range': '"other"' });
  expect([other.status, await other.text()]).toEqual([200, '0123456789']);
  const beyond = await get({ range: 'bytes=10-' });
  expect([beyond.status, ((await beyond.json()) as { code: string }).code]).toEqual([
    416,
    'range_not_satisfiable',
  ]);
});

test('bytes that have changed on the disk are not sent, and count as lost', async () => {
  await put();
  await writeFile(contentPath(folder, TENANT.tenantId, digest), '012345678X');
  const answer = await get();
  expect([answer.status, await answer.json()]).toEqual([
    404,
    expect.objectContaining({
      detail: expect.stringContaining('not here any more'),
      fix: expect.stringContaining('kiln rebuild'),
    }),
  ]);
  expect(api.data.contents.get(TENANT.tenantId)?.get(digest)?.isStored).toBe(false);
  expect(api.events.filter(({ name }) => name === 'contentLost')).toEqual([
    { name: 'contentLost', event: { tenantId: TENANT.tenantId, sha256: digest, what: 'changed' } },
  ]);
});

test('bytes that turn out to be others while they are sent break the answer off, and count as lost', async () => {
  await put();
  const files = createContentFiles(folder);
  const cut = async function* (): AsyncGenerator<Uint8Array> {
    yield BYTES.subarray(0, 4);
    await Promise.resolve();
    throw new KilnError('digest_mismatch');
  };
  const builds = { ...fakeBuilds(aWorld()), artifacts: () => Promise.resolve(artifacts) };
  await api.close();
  api = await startApi({ builds, files: { ...files, read: () => Promise.resolve(cut()) } });
  await put();
  await expect(get().then((answer) => answer.text())).rejects.toThrow();
  expect(api.data.contents.get(TENANT.tenantId)?.get(digest)?.isStored).toBe(false);
  expect(api.events.filter(({ name }) => name === 'contentLost')).toEqual([
    { name: 'contentLost', event: { tenantId: TENANT.tenantId, sha256: digest, what: 'changed' } },
  ]);
});

test('a bill of materials whose bytes are gone counts as lost once, and says that it is made again', async () => {
  const ask = async () => api.send(`/v1/images/${IMAGE.id}/sbom`);
  for (const answer of [await ask(), await ask()])
    expect([answer.status, await answer.json()]).toEqual([
      409,
      expect.objectContaining({ code: 'sbom_missing', detail: expect.stringMatching(/made again\.$/) }),
    ]);
  expect(api.events.filter(({ name }) => name === 'contentLost')).toMatchObject([
    { event: { what: 'missing' } },
  ]);
});

test.each([
  ['several ranges', 'bytes=0-1,3-4'],
  ['something else than bytes', 'lines=1-2'],
  ['no range at all', 'bytes=x'],
])('a request for %s gets the whole', async (_what, range) => {
  await put();
  const answer = await get({ range });
  expect([answer.status, await answer.text()]).toEqual([200, '0123456789']);
});

test('a range that ends beyond the file, or counts from its end, is cut to what there is', async () => {
  await put();
  const ranged = async (range: string) => {
    const answer = await get({ range });
    return [answer.status, answer.headers.get('content-range'), await answer.text()];
  };
  expect(await ranged('bytes=8-99')).toEqual([206, 'bytes 8-9/10', '89']);
  expect(await ranged('bytes=-3')).toEqual([206, 'bytes 7-9/10', '789']);
  expect((await get({ range: 'bytes=99-' })).headers.get('content-range')).toBe('bytes */10');
});

test('who has the bytes already gets none, and who asks for the head gets the size', async () => {
  await put();
  const same = await get({ 'if-none-match': `"other", "${digest}"` });
  expect([same.status, same.headers.get('etag'), await same.text()]).toEqual([304, `"${digest}"`, '']);
  const path = `/v1/builds/${BUILD_ID}/artifacts/docs`;
  const head = await api.send(path, { method: 'HEAD', headers: { range: 'bytes=0-1' } });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
});

describe('the log as an artifact', () => {
  const text = 'one\ntwo\n';
  beforeEach(() => {
    artifacts.push({
      ...{ ...artifact, artifact_name: 'build.log', artifact_type: 'build_log', media_type: 'text/plain' },
      ...{ artifact_location: `log/${BUILD_ID}/2`, sha256_digest: sha256Of(text) },
      artifact_size_bytes: text.length,
    });
    const chunk = { step_number: null, log_level: 'INFO', first_line: 1, line_count: 2 } as const;
    const logged_at = '2026-05-04T10:00:01.000Z';
    api.data.chunks.push({ ...chunk, attempt: 2, chunk: 0, logged_at, log_content: text });
  });
  const log = (headers: Record<string, string> = {}, query = '') =>
    api.send(`/v1/builds/${BUILD_ID}/artifacts/build.log${query}`, { headers });

  test('comes from its rows, whole or in ranges', async () => {
    const whole = await log();
    expect([whole.headers.get('content-type'), await whole.text()]).toEqual([
      expect.stringContaining('text/plain'),
      text,
    ]);
    expect(await (await log({ range: 'bytes=4-6' })).text()).toBe('two');
  });

  test('is cut off where its rows are not those that were sealed', async () => {
    api.data.chunks[0] = { ...api.data.chunks[0]!, log_content: 'one\ntwx\n' };
    expect((await log()).status).toBe(404);
    // Told before the answer has begun where that is possible.
    api.data.chunks.push({ ...api.data.chunks[0], chunk: 1 });
    await expect(log().then((answer) => answer.text())).rejects.toThrow();
    expect(api.events.filter(({ name }) => name === 'contentLost')).toHaveLength(2);
  });

  test('is told as gone where its rows are', async () => {
    api.data.chunks.splice(0);
    expect((await log()).status).toBe(404);
  });

  test('gives way to what the build itself has kept under this name, unless it is asked for', async () => {
    await put();
    artifacts.push({ ...artifact, artifact_name: 'build.log' });
    expect(await (await log()).text()).toBe('0123456789');
    expect(await (await log({}, '?type=build_log')).text()).toBe(text);
  });
});

test('an image is not downloaded here: the answer says where it lies, and what has expired says when', async () => {
  const gone = { is_available: false, expires_at: '2026-05-04T10:00:02.000Z' };
  artifacts.push(
    {
      ...artifact,
      artifact_type: 'docker_image',
      artifact_name: 'r/app:1',
      artifact_location: 'r/app@sha256:1',
    },
    { ...artifact, ...gone, artifact_name: 'old', retention_policy: 'days_30' },
    { ...artifact, is_available: false, artifact_name: 'dumps', retention_policy: 'delete_on_success' },
    { ...artifact, is_available: false, artifact_name: 'sbom.spdx.json', artifact_type: 'sbom' },
  );
  const told = async (name: string): Promise<string> =>
    (await api.send(`/v1/builds/${BUILD_ID}/artifacts/${encodeURIComponent(name)}`, {})).text();
  expect(await told('r/app:1')).toContain('as r/app@sha256:1');
  expect(await told('old')).toContain('kept until 2026-05-04');
  expect(await told('dumps')).toContain('until its build ended in success');
  expect(await told('dumps')).toContain('`retention` in kiln.yaml');
  expect(await told('sbom.spdx.json')).toContain('kiln sbom BUILD --wait');
});

test.each([
  ['other bytes than announced', () => put(BYTES.length, 'a'.repeat(64)), 'digest_mismatch'],
  ['more than the limit of the build', () => put(2 ** 40), 'payload_too_large'],
  [
    'anything under an older fence',
    () =>
      sendRaw(
        api,
        'PUT',
        `/internal/v1/leases/${LEASE_ID}/artifacts/${digest}?fence=${FENCE - 1}&size_bytes=10`,
        BYTES,
        { authorization: 'Bearer lease-token' },
      ),
    'stale_fence',
  ],
])('a supervisor that sends %s is refused', async (_what, send, code) => {
  expect(await (await send()).json()).toMatchObject({ code });
  artifacts[0] = { ...artifact, is_available: false };
  expect((await get()).status).toBe(404);
});
