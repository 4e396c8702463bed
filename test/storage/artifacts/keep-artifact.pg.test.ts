import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { createContentFiles } from '../../../src/adapters/blobs/content-files.js';
import { contentPath } from '../../../src/adapters/blobs/folder-store.js';
import { createArtifacts } from '../../../src/controller/artifacts.js';
import type { Artifacts, NewArtifact } from '../../../src/ports/artifacts.js';
import type { ContentFiles } from '../../../src/ports/contents.js';
import { createArtifactRows } from '../../../src/storage/artifacts/artifact-rows.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createContentIndex } from '../../../src/storage/contents/content-index.js';
import { sha256Of } from '../../api/support/a-context.js';
import { anOutcome, aRunningBuild, finish } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let folder: string;
let files: ContentFiles;
let artifacts: Artifacts;
let running: Awaited<ReturnType<typeof aRunningBuild>>;
beforeAll(async () => {
  db = await freshDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'kiln-artifacts-'));
  files = createContentFiles(folder);
  artifacts = createArtifacts({ rows: createArtifactRows(db.controller), files });
});
beforeEach(async () => {
  running = await aRunningBuild(db);
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

const sbom = (change: Partial<NewArtifact> = {}): NewArtifact => ({
  owner: { tenantId: running.tenant.tenantId, buildId: running.build.id },
  ...{ type: 'sbom', name: 'sbom.spdx.json', mediaType: 'application/spdx+json' },
  ...change,
});
const keep = (text: string, change: Partial<NewArtifact> = {}) =>
  artifacts.keepArtifact(sbom(change), Buffer.from(text));
const listed = (buildId = running.build.id) => createBuildStore(db.api).artifacts(running.tenant, buildId);
const textOf = async (artifact: { sha256: string; sizeBytes: number }): Promise<string> => {
  let text = '';
  for await (const part of await artifacts.readArtifact(running.tenant.tenantId, artifact))
    text += String(part);
  return text;
};

test('an artifact is kept with its bytes, found by its key and listed with its build', async () => {
  const kept = await keep('made');
  expect(await artifacts.findArtifact(sbom())).toMatchObject({
    id: kept.id,
    sha256: sha256Of('made'),
  });
  expect(await textOf(kept)).toBe('made');
  expect(await listed()).toEqual([
    {
      artifact_name: 'sbom.spdx.json',
      artifact_type: 'sbom',
      media_type: 'application/spdx+json',
      artifact_location: `contents/${sha256Of('made')}`,
      artifact_size_bytes: 4,
      sha256_digest: sha256Of('made'),
      attempt: null,
      retention_policy: 'permanent',
      expires_at: null,
      is_available: true,
      created_at: expect.any(String),
    },
  ]);
});

test('who is first decides what is kept, and everybody gets that', async () => {
  const slow = createArtifacts({
    rows: createArtifactRows(db.controller),
    files: { ...files, place: (...given) => sleep(50).then(() => files.place(...given)) },
  });
  const all = await Promise.all(
    ['a', 'b', 'c'].map((text) => slow.keepArtifact(sbom(), Buffer.from(`document ${text}`))),
  );
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  expect(new Set(all.map(({ sha256 }) => sha256)).size).toBe(1);
  expect(await textOf(all[0]!)).toMatch(/^document [abc]$/);
  expect(await listed()).toHaveLength(1);
});

test('one that replaces takes the place of the one before, whose bytes are then free to go', async () => {
  const scan = { type: 'security_scan', name: 'scan.json', replaces: true } as const;
  const first = await keep('old findings', scan);
  const same = await keep('old findings', scan);
  const second = await keep('new findings', scan);
  expect([same.id, second.id === first.id]).toEqual([first.id, false]);
  expect((await listed()).map(({ sha256_digest }) => sha256_digest)).toEqual([second.sha256]);
  await sql`UPDATE contents SET last_needed_at = now() - interval '9 days'`.execute(db.admin);
  const removed: string[] = [];
  await createContentIndex(db.api).expire(running.tenant.tenantId, 1_000, 10, async (digests) => {
    removed.push(...digests);
  });
  expect(removed).toEqual([first.sha256]);
});

test('an artifact of an image is listed with each build that made it', async () => {
  await finish(db, running.holder, anOutcome());
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(running.lease, () => Promise.resolve());
  await recorder.record(running.build.id, running.lease, { kind: 'published' });
  const { image_id: imageId } = await db.controller
    .selectFrom('builds')
    .select('image_id')
    .where('id', '=', running.build.id)
    .executeTakeFirstOrThrow();
  const owner = { tenantId: running.tenant.tenantId, buildId: null, imageId: imageId! };
  await keep('packages', {
    owner,
    type: 'sbom',
    name: 'sbom.cdx.json',
    mediaType: 'application/vnd.cyclonedx+json',
  });
  expect((await listed()).map(({ artifact_name }) => artifact_name)).toContain('sbom.cdx.json');
  expect(await artifacts.findArtifact(sbom({ type: 'sbom', name: 'sbom.cdx.json' }))).toBeNull();
});

test('days are counted from when it was made, and the other policies have no end of their own', async () => {
  for (const retention of ['days_30', 'days_90', 'days_365', 'permanent', 'delete_on_success'] as const)
    await keep(retention, { name: retention, retention });
  const days = (await listed()).map(({ artifact_name: name, created_at: from, expires_at: until }) => [
    name,
    until === null ? null : Math.round((Date.parse(until) - Date.parse(from)) / 86_400_000),
  ]);
  expect(Object.fromEntries(days)).toEqual({
    ...{ days_30: 30, days_90: 90, days_365: 365 },
    ...{ permanent: null, delete_on_success: null },
  });
});

test('bytes that were changed on the disk are not given, and keeping the artifact again mends them', async () => {
  const kept = await keep('whole');
  const { tenantId } = running.tenant;
  await writeFile(contentPath(folder, tenantId, kept.sha256), 'whale');
  await expect(textOf(kept)).rejects.toMatchObject({ code: 'digest_mismatch' });
  await createContentIndex(db.api).forget(running.tenant, kept.sha256);
  expect(await artifacts.findArtifact(sbom())).toBeNull();
  expect((await listed())[0]).toMatchObject({ is_available: false });
  expect((await keep('whole')).id).toBe(kept.id);
  expect(await textOf(kept)).toBe('whole');
});

test('what dies between bytes and row is found by the expiry of contents', async () => {
  const dying = createArtifacts({
    rows: { ...createArtifactRows(db.controller), keep: () => Promise.reject(new Error('killed')) },
    files,
  });
  await expect(dying.keepArtifact(sbom(), Buffer.from('lost'))).rejects.toThrow('killed');
  await sql`UPDATE contents SET last_needed_at = now() - interval '9 days'`.execute(db.admin);
  const removed: string[] = [];
  await createContentIndex(db.api).expire(running.tenant.tenantId, 1_000, 10, async (digests) => {
    removed.push(...digests);
  });
  expect(removed).toEqual([sha256Of('lost')]);
});

test('the image and the build of an artifact are of its own tenant', async () => {
  const other = await aRunningBuild(db);
  const owner = { tenantId: other.tenant.tenantId, buildId: running.build.id };
  await expect(keep('x', { owner })).rejects.toMatchObject({ code: expect.any(String) });
  expect(await listed()).toEqual([]);
});
