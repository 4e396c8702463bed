import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createContentFiles } from '../../../src/adapters/blobs/content-files.js';
import { createFolderStore } from '../../../src/adapters/blobs/folder-store.js';
import { createArtifacts } from '../../../src/controller/artifacts.js';
import { createInspector } from '../../../src/controller/inspect-image.js';
import { createArtifactRows } from '../../../src/storage/artifacts/artifact-rows.js';
import { createInspectionStore } from '../../../src/storage/sboms/inspection-store.js';
import { createScans } from '../../../src/storage/sboms/scans.js';
import { createSboms } from '../../../src/storage/sboms/sboms.js';
import { aTenant, anImage } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { randomUUID } from 'node:crypto';
import { createInspectInUse } from '../../../src/controller/inspect-in-use.js';
import type { Finding } from '../../../src/domain/scans/finding.js';
import type { Scanner } from '../../../src/ports/scans.js';
import { createImagesInUse } from '../../../src/storage/sboms/images-in-use.js';
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
const inspections = () => createInspectionStore(db.api);
const signal = new AbortController().signal;

const finding = (id: string, over: Partial<Finding> = {}): Finding => ({
  ...{ vulnerabilityId: id, severity: 'high', packageName: 'libssl3', packageVersion: '3.0.2' },
  ...{ packageType: 'deb', fixedVersion: '3.0.7', link: null, ...over },
});

test('a scan tells the image what it found, is not repeated with the same database, and outlives a try that fails, after which it is made anew', async () => {
  const tenant = await aTenant(db);
  const image = await aRecorded(db, tenant);
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
  const twin = await aRecorded(db, tenant, { ...anImage(randomUUID()), manifestDigest: image.digest });
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
  await inspector.inspectImage(image, signal);
  const again = await inspections().scan(tenant, named);
  expect([again.failure_reason, scanned]).toEqual([null, 2]);

  builtAt = '2026-11-02T00:00:00.000Z';
  found = [];
  await inspector.inspectImage(image, signal);
  expect(await inspections().scan(tenant, named)).toMatchObject({ failure_reason: null, items: [] });
});

test('images in use are inspected again when the scanner has a newer database, each by itself', async () => {
  const tenant = await aTenant(db);
  const [first, second] = [await aRecorded(db, tenant), await aRecorded(db, tenant)];
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
      hasSbom: async (tenantId, digest) => (await sboms.find(tenantId, digest)) !== null,
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

test('a bill of materials whose bytes are lost is made again by the nightly inspection', async () => {
  const tenant = await aTenant(db);
  const image = await aRecorded(db, tenant);
  const [sboms, scans] = [createSboms(db.controller), createScans(db.controller)];
  const findScanner = () => Promise.resolve({ failureReason: 'no scanner is here' });
  let made = 0;
  const inspector = createInspector({
    ...{ sboms, scans, findScanner, artifacts: artifacts() },
    makeSbom: () => {
      made += 1;
      return Promise.resolve(aSbom(deb('again', '1')));
    },
  });
  const inspectInUse = createInspectInUse({
    images: { page: () => Promise.resolve([{ cursor: 'c', image }]) },
    ...{ sboms, scans, findScanner, inspector },
  });
  await inspectInUse(null, signal);
  await inspectInUse(null, signal);
  expect(made).toBe(1);
  const { spdx } = (await sboms.find(image.tenantId, image.digest))!;
  await createFolderStore(folder).remove(image.tenantId, [spdx.sha256]);
  await inspectInUse(null, signal);
  expect(made).toBe(2);
  expect(await inspector.hasSbom(image.tenantId, image.digest)).toBe(true);
});

test('a scan that failed is asked for again by whoever waits for it, and tried since when it was', async () => {
  const tenant = await aTenant(db);
  const image = await aRecorded(db, tenant);
  const scans = createScans(db.controller);
  const { askFor, isTriedSince } = inspections();
  expect(await askFor(tenant, image.digest, 'scan')).toBeNull();
  await scans.save(image.tenantId, image.digest, { failureReason: 'no scanner is here' });
  const before = (await askFor(tenant, image.digest, 'scan'))!;
  expect(await askFor(tenant, image.digest, 'sbom')).toBeNull();
  expect(await isTriedSince(tenant, image.digest, 'scan', before)).toBe(false);
  await scans.save(image.tenantId, image.digest, { failureReason: 'still none' });
  expect(await isTriedSince(tenant, image.digest, 'scan', before)).toBe(true);
});
