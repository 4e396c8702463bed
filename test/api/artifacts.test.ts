import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createContentFiles } from '../../src/adapters/blobs/content-files.js';
import { contentPath } from '../../src/adapters/blobs/folder-store.js';
import type { BuildArtifact } from '../../src/contracts/artifacts.js';
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
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('not here any more')]);
  expect(api.data.contents.get(TENANT.tenantId)?.get(digest)?.isStored).toBe(false);
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
