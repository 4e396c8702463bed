import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createContentFiles } from '../../../src/adapters/blobs/content-files.js';
import { createArtifacts } from '../../../src/controller/artifacts.js';
import { createInspector } from '../../../src/controller/inspect-image.js';
import { createKeptSboms } from '../../../src/controller/kept-sboms.js';
import { createContentIndex } from '../../../src/storage/contents/content-index.js';
import { createArtifactRows } from '../../../src/storage/artifacts/artifact-rows.js';
import { createInspectionStore } from '../../../src/storage/sboms/inspection-store.js';
import { createScans } from '../../../src/storage/sboms/scans.js';
import { createSboms } from '../../../src/storage/sboms/sboms.js';
import { anImage, aTenant } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { parsePackageQuery } from '../../../src/domain/packages/package-query.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createExplorations } from '../../../src/storage/images/explorations.js';
import { createImageStore } from '../../../src/storage/images/image-store.js';
import { anIndex } from '../../support/index-image.js';
import { aRecorded, aSbom, deb, stored } from './a-recorded-image.js';

let db: FreshDatabase;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kiln-sboms-'));
  db = await freshDatabase();
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

const artifacts = () =>
  createArtifacts({ rows: createArtifactRows(db.controller), files: createContentFiles(folder) });
const images = () => createImageStore(db.api);
const inspections = () => createInspectionStore(db.api);
const signal = new AbortController().signal;

const find = (tenant: TenantContext, text: string, page = { limit: 50, cursor: null as string | null }) =>
  inspections().findPackages(tenant, parsePackageQuery(text), page);

test('a bill of materials is made once, is searched by name, source and version, and tells how many packages there are', async () => {
  const tenant = await aTenant(db);
  const image = await aRecorded(db, tenant);
  const asked: unknown[] = [];
  const inspector = createInspector({
    sboms: createSboms(db.controller),
    artifacts: artifacts(),
    scans: createScans(db.controller),
    makeSbom: async (_owner, manifest) => {
      asked.push(manifest.digest);
      return aSbom(deb('libssl3', '3.0.2-0ubuntu1.10', 'openssl'), deb('openssl', '3.0.2-0ubuntu1.10'));
    },
    findScanner: () => Promise.resolve({ failureReason: 'no scanner is here' }),
  });
  await inspector.inspectImage(image, signal);
  await inspector.inspectImage(image, signal);

  expect(asked).toEqual([image.digest]);
  const detail = await images().get(tenant, image.digest);
  expect(detail).toMatchObject({
    packages_count: 2,
    sbom: { state: 'made', tool: 'syft 1.18.1' },
    scan: { state: 'failed', failure_reason: 'no scanner is here', counts: null },
  });
  const { items } = await find(tenant, 'openssl@3.0.2');
  expect(items.map((one) => one.package_name).sort()).toEqual(['libssl3', 'openssl']);
  expect(items[0]).toMatchObject({
    manifest_digest: image.digest,
    tags: detail.tags,
    platform: 'linux/amd64',
    last_build_number: 1,
  });
  expect(detail.tags.length).toBeGreaterThan(0);
  expect((await find(tenant, 'openssl@<3.0.2')).items).toEqual([]);
  expect((await find(tenant, 'libss*')).items).toHaveLength(1);
  expect((await find(tenant, 'lib_sl*')).items).toEqual([]);
  expect((await find(tenant, 'OpenSSL@3.0.2')).items).toHaveLength(2);
  expect((await find(tenant, 'LibSS*')).items).toHaveLength(1);
  const { document } = await inspections().sbom(tenant, { reference: image.digest, platform: null }, 'spdx');
  const parts: Uint8Array[] = [];
  for await (const part of await artifacts().readArtifact(image.tenantId, document)) parts.push(part);
  expect(Buffer.concat(parts).toString()).toBe('{"spdxVersion":"SPDX-2.3"}');
  expect(
    (await createBuildStore(db.api).artifacts(tenant, detail.last_build_id))
      .filter(({ artifact_type: type }) => type === 'sbom')
      .map((one) => [one.artifact_name, one.artifact_type, one.retention_policy, one.is_available]),
  ).toEqual([
    ['sbom.cyclonedx.json', 'sbom', 'permanent', true],
    ['sbom.spdx.json', 'sbom', 'permanent', true],
  ]);
});

test('another tenant finds nothing of it, neither the packages nor the documents', async () => {
  const tenant = await aTenant(db);
  const image = await aRecorded(db, tenant);
  await createSboms(db.controller).save(image.tenantId, image.digest, stored(deb('walled', '1')));
  const other = await aTenant(db);
  expect((await find(tenant, 'walled')).items).toHaveLength(1);
  expect((await find(other, 'walled')).items).toEqual([]);
  const named = { reference: image.digest, platform: null };
  await expect(inspections().sbom(other, named, 'cyclonedx')).rejects.toMatchObject({ code: 'not_found' });
  await expect(inspections().scan(other, named)).rejects.toMatchObject({ code: 'not_found' });
});

test('pages go on where they ended, and versions that nobody can order are told apart', async () => {
  const tenant = await aTenant(db);
  const sboms = createSboms(db.controller);
  const digests: string[] = [];
  for (const version of ['1', '2', '3']) {
    const image = await aRecorded(db, tenant);
    digests.unshift(image.digest);
    const odd = { ...deb('paged', '1.x'), type: 'python', purl: null };
    await sboms.save(image.tenantId, image.digest, stored(deb('paged', version), odd));
  }
  const first = await find(tenant, 'paged@>=1', { limit: 2, cursor: null });
  const second = await find(tenant, 'paged@>=1', { limit: 2, cursor: first.nextCursor });
  expect([...first.items, ...second.items].map((one) => one.manifest_digest)).toEqual(digests);
  expect(second.nextCursor).toBeNull();
  expect(first.notCompared).toEqual(['paged 1.x']);
});

test('of an index the packages of each platform are found, under the tags of the index', async () => {
  const tenant = await aTenant(db);
  const image = await aRecorded(db, tenant, anIndex());
  const sboms = createSboms(db.controller);
  const manifests = await sboms.manifestsOf(image);
  expect(manifests.length).toBe(2);
  for (const { digest } of manifests)
    await sboms.save(image.tenantId, digest, stored(deb('everywhere', '1')));
  const { items } = await find(tenant, 'everywhere');
  expect(items.map((one) => one.manifest_digest)).toEqual([image.digest, image.digest]);
  expect(new Set(items.map((one) => one.platform)).size).toBe(2);
  expect(items[0]?.tags.length).toBeGreaterThan(0);
});

test('what the layers tell later does not take the place of a bill of materials; one that failed is tried again', async () => {
  const tenant = await aTenant(db);
  const image = await aRecorded(db, tenant);
  const sboms = createSboms(db.controller);
  await sboms.save(image.tenantId, image.digest, { failureReason: 'syft is not here' });
  await expect(
    inspections().sbom(tenant, { reference: image.digest, platform: null }, 'cyclonedx'),
  ).rejects.toMatchObject({
    code: 'sbom_missing',
    message: 'There is no bill of materials of this image: syft is not here',
  });
  const before = (await inspections().askFor(tenant, image.digest, 'sbom'))!;
  expect(await inspections().isTriedSince(tenant, image.digest, 'sbom', before)).toBe(false);
  await sboms.save(image.tenantId, image.digest, stored(deb('a', '1'), deb('b', '1')));
  expect(await inspections().isTriedSince(tenant, image.digest, 'sbom', before)).toBe(true);
  expect(await inspections().askFor(tenant, image.digest, 'sbom')).toBeNull();
  await createExplorations(db.controller).finish(image.tenantId, image.digest, {
    ...{ unpackedSizeBytes: 1, layers: [], note: null },
    packages: [deb('a', '1')],
  });
  await sboms.save(image.tenantId, image.digest, { failureReason: 'later' });
  expect(await images().get(tenant, image.digest)).toMatchObject({
    packages_count: 2,
    sbom: { state: 'made', failure_reason: null },
  });
});

test('the bill of materials of an image is an artifact of the builds of every project that have made it', async () => {
  const tenant = await aTenant(db);
  const recorded = anImage(randomUUID());
  const [first, second] = [await aRecorded(db, tenant, recorded), await aRecorded(db, tenant, recorded)];
  const stranger = await aRecorded(db, await aTenant(db), recorded);
  const inspector = createInspector({
    ...{ sboms: createSboms(db.controller), artifacts: artifacts(), scans: createScans(db.controller) },
    makeSbom: () => Promise.resolve(aSbom()),
    findScanner: () => Promise.resolve({ failureReason: 'no scanner is here' }),
  });
  await inspector.inspectImage(first, signal);
  const sbomsOf = async ({ tenantId, projectId }: typeof first): Promise<string[]> => {
    const { id } = await db.controller
      .selectFrom('builds')
      .select('id')
      .where('project_id', '=', projectId)
      .executeTakeFirstOrThrow();
    const all = await createBuildStore(db.api).artifacts({ tenantId, userId: null }, id);
    return all.flatMap((one) => (one.artifact_type === 'sbom' ? one.artifact_name : []));
  };
  const names = ['sbom.cyclonedx.json', 'sbom.spdx.json'];
  expect([await sbomsOf(first), await sbomsOf(second), await sbomsOf(stranger)]).toEqual([names, names, []]);
});

test('a bill of materials that could not be made is asked for again by the next build of the image', async () => {
  const tenant = await aTenant(db);
  const recorded = anImage(randomUUID());
  const image = await aRecorded(db, tenant, recorded);
  const sboms = createSboms(db.controller);
  await createExplorations(db.controller).finish(image.tenantId, image.digest, {
    ...{ unpackedSizeBytes: 1, layers: [], note: null, packages: [] },
  });
  const asked = async (): Promise<number> => {
    const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM outbox
      WHERE message ->> 'kind' = 'explore_image' AND message ->> 'digest' = ${image.digest}`.execute(
      db.admin,
    );
    return rows[0]!.n;
  };
  await sboms.save(image.tenantId, image.digest, { failureReason: 'syft ended with a signal' });
  const before = await asked();
  await aRecorded(db, tenant, recorded);
  expect(await asked()).toBe(before + 1);
  await sboms.save(image.tenantId, image.digest, stored());
  await aRecorded(db, tenant, recorded);
  expect(await asked()).toBe(before + 1);
});

test('a bill of materials whose bytes are lost is asked for once by who finds that, and by the next build of the image', async () => {
  const tenant = await aTenant(db);
  const recorded = anImage(randomUUID());
  const image = await aRecorded(db, tenant, recorded);
  const sboms = createSboms(db.controller);
  let made = 0;
  const inspector = createInspector({
    ...{ sboms, artifacts: artifacts(), scans: createScans(db.controller) },
    makeSbom: () =>
      Promise.resolve(
        ++made === 3
          ? { failureReason: 'syft is not here' }
          : { ...aSbom(), cyclonedx: Buffer.from(`{"serial":"${image.digest} ${made}"}`) },
      ),
    findScanner: () => Promise.resolve({ failureReason: 'no scanner is here' }),
  });
  const named = { reference: image.digest, platform: null };
  const state = async () => (await images().get(tenant, image.digest)).sbom.state;
  const asked = async (): Promise<number> => {
    const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM outbox
      WHERE message ->> 'kind' = 'explore_image' AND message ->> 'digest' = ${image.digest}`.execute(
      db.admin,
    );
    return rows[0]!.n;
  };
  const lose = async (): Promise<string> => {
    const { sha256 } = (await inspections().sbom(tenant, named, 'cyclonedx')).document;
    await createContentFiles(folder).remove(image.tenantId, [sha256]);
    return sha256;
  };
  await createExplorations(db.controller).finish(image.tenantId, image.digest, {
    ...{ unpackedSizeBytes: 1, layers: [], note: null, packages: [] },
  });
  await inspector.inspectImage(image, signal);
  const before = await asked();
  const lost = await lose();

  const keptSboms = createKeptSboms({ sboms, artifacts: artifacts() });
  expect((await keptSboms(image)).map(({ kind }) => kind)).toEqual(['spdx']);
  expect(await keptSboms(image)).toHaveLength(1);
  expect([await asked(), await state()]).toEqual([before + 1, 'pending']);
  await aRecorded(db, tenant, recorded);
  expect(await asked()).toBe(before + 2);
  await inspector.inspectImage(image, signal);
  expect([await state(), (await keptSboms(image)).length]).toEqual(['made', 2]);
  expect(await lose()).not.toBe(lost);
  await aRecorded(db, tenant, recorded);
  expect(await asked()).toBe(before + 2);

  const { sha256 } = (await inspections().sbom(tenant, named, 'cyclonedx')).document;
  const noted = () => inspections().noteLostSbom(tenant, image.digest, sha256);
  expect([await noted(), await noted(), await asked()]).toEqual([true, false, before + 3]);
  await sql`UPDATE contents SET stored_at = now() WHERE sha256 = ${sha256}`.execute(db.admin);
  const found = () => createContentIndex(db.api).forget(tenant, sha256);
  expect([await found(), await found(), await asked(), await state()]).toEqual([
    ...[undefined, undefined, before + 4, 'pending'],
  ]);
  const askAgain = () => createExplorations(db.controller).askAgain(0);
  expect([await askAgain(), await asked()]).toEqual([0, before + 4]);
  await sql`DELETE FROM outbox`.execute(db.admin);
  await askAgain();
  expect(await asked()).toBe(1);
  await inspector.inspectImage(image, signal);
  await expect(inspections().sbom(tenant, named, 'cyclonedx')).rejects.toMatchObject({
    message: 'There is no bill of materials of this image: syft is not here',
  });
});
