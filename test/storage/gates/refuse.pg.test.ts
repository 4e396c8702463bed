import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPassGate } from '../../../src/controller/pass-gate.js';
import type { ScanResult } from '../../../src/domain/scans/finding.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createGatekeeper } from '../../../src/storage/gates/gatekeeper.js';
import { createScans } from '../../../src/storage/sboms/scans.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { aBuild } from '../../support/builds.js';
import { aBuildAtGate, aGatedProject, decide } from './a-held-build.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const passGate = () =>
  createPassGate({
    gates: createGatekeeper(db.controller),
    scans: createScans(db.controller),
    // No rule asks a registry.
    registryFor: () => ({
      head: () => Promise.reject(new Error()),
      inspect: () => Promise.reject(new Error()),
    }),
  });

const found = (severity: 'high' | 'low'): ScanResult => ({
  ...{ tool: 'grype 0.121.3', database: { version: null, builtAt: null }, report: Buffer.from('{}') },
  findings: [
    {
      ...{ vulnerabilityId: 'CVE-1', severity, fixedVersion: '2', link: null },
      ...{ packageName: 'zlib', packageVersion: '1', packageType: 'deb' },
    },
  ],
});

/** A build at a gate that fails on `high`, whose staged image was scanned with this result. */
async function scanned(result: ScanResult | { failureReason: string } | null) {
  const made = await aBuildAtGate(db, { kind: 'inspection', fail_on_severity: 'high' });
  const atGate = await createGatekeeper(db.controller).read(made.build.id);
  if (result !== null)
    await createScans(db.controller).save(made.tenant.tenantId, atGate!.image.manifestDigest, result);
  return made;
}

test('a build whose image has a vulnerability that the gate refuses fails at the stage scan, with its lease given back', async () => {
  const { tenant, lead, build, lease } = await scanned(found('high'));
  expect(await passGate()(lease)).toEqual({ open: false, refused: true });
  // The attempt was lost before the end was recorded, and the next one comes to the gate again.
  expect(await passGate()(lease)).toEqual({ open: false, refused: true });
  await expect(decide(db, lead, build.id, 'approved')).rejects.toMatchObject({
    message: 'The gate has refused the image by what a scan says.',
  });
  await createRecorder(db.controller).record(build.id, lease, { kind: 'not_approved' });
  const ended = await createBuildStore(db.api).get(tenant, build.id);
  expect(ended).toMatchObject({
    status: 'failed',
    gate: { status: 'refused' },
    result: {
      failure_code: 'vulnerabilities_found',
      failure_stage: 'scan',
      failure_reason: 'The scan has found 1 high vulnerability: CVE-1 in zlib 1 (fixed in 2).',
    },
  });
});

test.each([
  [
    'no scanner is there',
    { failureReason: 'no scanner is here: install grype' },
    'no scanner is here: install grype',
  ],
  ['nothing has come of the inspection', null, 'nobody has scanned it'],
])('where %s the build fails and never passes', async (_name, result, why) => {
  const { tenant, build, lease } = await scanned(result);
  expect(await passGate()(lease)).toEqual({ open: false, refused: true });
  await createRecorder(db.controller).record(build.id, lease, { kind: 'not_approved' });
  expect((await createBuildStore(db.api).get(tenant, build.id)).result).toMatchObject({
    failure_code: 'scan_unavailable',
    failure_stage: 'scan',
    failure_reason: `The gate asks for a scan, and none could be made: ${why}`,
  });
});

test('an image in which the scan has found nothing so bad passes', async () => {
  const { build, lease } = await scanned(found('low'));
  expect(await passGate()(lease)).toEqual({ open: true });
  expect(await createGatekeeper(db.controller).read(build.id)).not.toBeNull();
});

test('where nothing can be scanned a build is refused at once whose gate would fail it for that, and no other', async () => {
  const made = await aBuildAtGate(db, { kind: 'inspection', fail_on_severity: 'high' });
  const held = await aGatedProject(db, { kind: 'inspection', hold_on_severity: 'high' });
  const { noteTrouble } = createScans(db.controller);
  await noteTrouble('no scanner is here: install grype');
  const refused = {
    code: 'scan_unavailable',
    message: expect.stringMatching(/none can be: no scanner is here/),
  };
  await expect(aBuild(db, made.tenant, made.project.id)).rejects.toMatchObject(refused);
  await aBuild(db, held.tenant, held.project.id);

  await noteTrouble(null);
  await aBuild(db, made.tenant, made.project.id);
});
