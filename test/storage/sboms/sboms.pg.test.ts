import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createContentFiles } from '../../../src/adapters/blobs/content-files.js';
import { createArtifacts } from '../../../src/controller/artifacts.js';
import { createArtifactRows } from '../../../src/storage/artifacts/artifact-rows.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createInspectInUse } from '../../../src/controller/inspect-in-use.js';
import { createImagesInUse } from '../../../src/storage/sboms/images-in-use.js';
import { createInspector } from '../../../src/controller/inspect-image.js';
import { parsePackageQuery } from '../../../src/domain/packages/package-query.js';
import type { ImagePackage } from '../../../src/domain/packages/image-package.js';
import type { Finding } from '../../../src/domain/scans/finding.js';
import type { Scanner } from '../../../src/ports/scans.js';
import type { MadeSbom, StoredSbom } from '../../../src/ports/sboms.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createExplorations } from '../../../src/storage/images/explorations.js';
import { createImageStore } from '../../../src/storage/images/image-store.js';
import { createInspectionStore } from '../../../src/storage/sboms/inspection-store.js';
import { createScans } from '../../../src/storage/sboms/scans.js';
import { createSboms } from '../../../src/storage/sboms/sboms.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import {
  aBuild,
  anImage,
  anOutcome,
  aProject,
  aTenant,
  aWorker,
  finish,
  takeUp,
} from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { anIndex } from '../../support/index-image.js';

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

const deb = (name: string, version: string, sourceName: string | null = null): ImagePackage => ({
  ...{ name, version, type: 'deb', sourceName },
  purl: `pkg:deb/debian/${name}@${version}`,
});

const aSbom = (...packages: ImagePackage[]): MadeSbom => ({
  tool: 'syft 1.18.1',
  cyclonedx: Buffer.from('{"bomFormat":"CycloneDX"}'),
  spdx: Buffer.from('{"spdxVersion":"SPDX-2.3"}'),
  packages,
  note: null,
});

const stored = (...packages: ImagePackage[]): StoredSbom => {
  const document = { sha256: 'b'.repeat(64), sizeBytes: 1 };
  return { ...aSbom(...packages), cyclonedx: document, spdx: document };
};

/** A recorded image of a project, unlike any other. */
async function aRecorded(tenant: TenantContext, image = anImage(randomUUID()), projectId?: string) {
  const project = projectId ?? (await aProject(db, tenant)).id;
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 1 });
  const build = await aBuild(db, tenant, project);
  const answer = await createDispatcher(db.controller).requestLease(build.id);
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  const { holder } = await takeUp(db, worker.workerId, answer.lease);
  await finish(db, holder, anOutcome({ image }));
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(answer.lease, () => Promise.resolve());
  await recorder.record(build.id, answer.lease, { kind: 'published' });
  return { tenantId: tenant.tenantId, projectId: project, digest: image.manifestDigest };
}

const find = (tenant: TenantContext, text: string, page = { limit: 50, cursor: null as string | null }) =>
  inspections().findPackages(tenant, parsePackageQuery(text), page);

test('a bill of materials is made once, is searched by name, source and version, and tells how many packages there are', async () => {
  const tenant = await aTenant(db);
  const image = await aRecorded(tenant);
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
  const image = await aRecorded(tenant);
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
    const image = await aRecorded(tenant);
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
  const image = await aRecorded(tenant, anIndex());
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
  const image = await aRecorded(tenant);
  const sboms = createSboms(db.controller);
  await sboms.save(image.tenantId, image.digest, { failureReason: 'syft is not here' });
  await expect(
    inspections().sbom(tenant, { reference: image.digest, platform: null }, 'cyclonedx'),
  ).rejects.toMatchObject({
    code: 'sbom_missing',
    message: 'There is no bill of materials of this image: syft is not here',
  });
  await sboms.save(image.tenantId, image.digest, stored(deb('a', '1'), deb('b', '1')));
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

const finding = (id: string, over: Partial<Finding> = {}): Finding => ({
  ...{ vulnerabilityId: id, severity: 'high', packageName: 'libssl3', packageVersion: '3.0.2' },
  ...{ packageType: 'deb', fixedVersion: '3.0.7', link: null, ...over },
});

test('a scan tells the image what it found, is not repeated with the same database, and outlives a try that fails', async () => {
  const tenant = await aTenant(db);
  const image = await aRecorded(tenant);
  const scans = createScans(db.controller);
  let builtAt = '2026-11-01T00:00:00.000Z';
  let scanned = 0;
  let found: Finding[] = [
    finding('CVE-1'),
    finding('CVE-1'),
    finding('CVE-0', { severity: 'low' }),
    finding('CVE-2', { severity: 'critical', fixedVersion: null }),
  ];
  let answer: Scanner | { failureReason: string } | null = null;
  const inspector = createInspector({
    sboms: createSboms(db.controller),
    artifacts: artifacts(),
    scans,
    makeSbom: () => Promise.resolve(aSbom(deb('libssl3', '3.0.2'))),
    findScanner: () =>
      Promise.resolve(
        answer ?? {
          tool: 'grype 0.121.3',
          database: { version: 'v6.1.10', builtAt },
          scan: async () => {
            scanned += 1;
            const database = { version: 'v6.1.10', builtAt };
            return { tool: 'grype 0.121.3', database, findings: found, report: Buffer.from('{}') };
          },
        },
      ),
  });
  await inspector.inspectImage(image, signal);
  await inspector.inspectImage(image, signal);
  expect(scanned).toBe(1);
  const named = { reference: image.digest, platform: null };
  const scan = await inspections().scan(tenant, named);
  expect(scan.items.map((one) => one.vulnerability_id)).toEqual(['CVE-2', 'CVE-1', 'CVE-0']);
  expect(scan).toMatchObject({ tool: 'grype 0.121.3', database_built_at: builtAt, failure_reason: null });
  // The same image of another project knows it at once.
  const twin = await aRecorded(tenant, { ...anImage(randomUUID()), manifestDigest: image.digest });
  const rows = await db.controller
    .selectFrom('image_metadata')
    .select([
      'vulnerabilities_critical',
      'vulnerabilities_high',
      'vulnerabilities_med',
      'vulnerabilities_low',
    ])
    .select(['last_scanned_at', 'scan_tool', 'packages_count'])
    .where('docker_manifest_digest', '=', twin.digest)
    .execute();
  const counts = { vulnerabilities_critical: 1, vulnerabilities_high: 1, vulnerabilities_med: 0 };
  const told = { ...counts, vulnerabilities_low: 1, scan_tool: 'grype 0.121.3', packages_count: 1 };
  expect(rows).toMatchObject([told, told]);

  answer = { failureReason: 'the database is gone' };
  await inspector.inspectImage(image, signal);
  const kept = await inspections().scan(tenant, named);
  expect(kept).toMatchObject({ failure_reason: 'the database is gone', items: scan.items });

  answer = null;
  builtAt = '2026-11-02T00:00:00.000Z';
  found = [];
  await inspector.inspectImage(image, signal);
  expect(await inspections().scan(tenant, named)).toMatchObject({ failure_reason: null, items: [] });
});

test('images in use are inspected again when the scanner has a newer database, each by itself', async () => {
  const tenant = await aTenant(db);
  const [first, second] = [await aRecorded(tenant), await aRecorded(tenant)];
  const mine = new Set([first.digest, second.digest]);
  const [sboms, scans] = [createSboms(db.controller), createScans(db.controller)];
  const inspected: string[] = [];
  let isAway = true;
  let builtAt = '2026-11-01T00:00:00.000Z';
  const database = () => ({ version: null, builtAt });
  const inspectInUse = createInspectInUse({
    // Those of the other tests are left out.
    images: {
      page: async (after, limit) => {
        const page = await createImagesInUse(db.controller).page(after, Math.max(limit, 100));
        return page.filter(({ image }) => mine.has(image.digest)).slice(0, limit);
      },
    },
    ...{ sboms, scans },
    findScanner: () =>
      Promise.resolve({
        ...{ tool: 'grype 0.121.3', database: database() },
        scan: () => Promise.reject(new Error('not asked here')),
      }),
    inspector: {
      inspectImage: async (image) => {
        inspected.push(image.digest);
        if (image.digest === first.digest && isAway) throw new Error('the registry is away');
        await sboms.save(image.tenantId, image.digest, stored(deb('a', '1')));
        const found = { tool: 'grype 0.121.3', findings: [], report: Buffer.from('{}') };
        await scans.save(image.tenantId, image.digest, { ...found, database: database() });
      },
      giveUp: async (image) => void inspected.push(`gave up ${image.digest}`),
    },
  });
  const round = async (): Promise<string[]> => {
    inspected.length = 0;
    expect(await inspectInUse(null, signal)).toBeNull();
    return [...inspected].sort();
  };
  expect(await round()).toEqual([...mine, `gave up ${first.digest}`].sort());
  isAway = false;
  expect(await round()).toEqual([first.digest]);
  expect(await round()).toEqual([]);
  builtAt = '2026-11-02T00:00:00.000Z';
  expect(await round()).toHaveLength(2);
  await db.controller
    .updateTable('images')
    .set({ deleted_at: new Date() })
    .where('manifest_digest', '=', first.digest)
    .execute();
  builtAt = '2026-11-03T00:00:00.000Z';
  expect(await round()).toEqual([second.digest]);
});
