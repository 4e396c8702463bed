import { randomUUID } from 'node:crypto';
import type { ImagePackage } from '../../../src/domain/packages/image-package.js';
import type { MadeSbom, StoredSbom } from '../../../src/ports/sboms.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { aBuild, anImage, anOutcome, aProject, aWorker, finish, takeUp } from '../../support/builds.js';
import type { FreshDatabase } from '../../support/database.js';

/** A package of Debian. */
export const deb = (name: string, version: string, sourceName: string | null = null): ImagePackage => ({
  ...{ name, version, type: 'deb', sourceName },
  purl: `pkg:deb/debian/${name}@${version}`,
});

export const aSbom = (...packages: ImagePackage[]): MadeSbom => ({
  tool: 'syft 1.18.1',
  cyclonedx: Buffer.from('{"bomFormat":"CycloneDX"}'),
  spdx: Buffer.from('{"spdxVersion":"SPDX-2.3"}'),
  packages,
  note: null,
});

/** The same with documents that nobody reads. */
export const stored = (...packages: ImagePackage[]): StoredSbom => {
  const document = { sha256: 'b'.repeat(64), sizeBytes: 1 };
  return { ...aSbom(...packages), cyclonedx: document, spdx: document };
};

/** A recorded image of a project, unlike any other, made from images with these digests. */
export async function aRecorded(
  db: FreshDatabase,
  tenant: TenantContext,
  image = anImage(randomUUID()),
  madeFrom: readonly string[] = [],
) {
  const project = (await aProject(db, tenant)).id;
  const worker = await aWorker(db, { tenantId: tenant.tenantId, slots: 1 });
  const build = await aBuild(db, tenant, project);
  const answer = await createDispatcher(db.controller).requestLease(build.id);
  if (answer.kind !== 'granted') throw new Error(answer.kind);
  const { holder } = await takeUp(db, worker.workerId, answer.lease);
  const images = madeFrom.map((digest) => ({ reference: 'registry.example.com/base:1', digest }));
  const materials = { images, files: [] };
  await finish(db, holder, anOutcome({ image, ...(madeFrom.length > 0 && { materials }) }));
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(answer.lease, () => Promise.resolve());
  await recorder.record(build.id, answer.lease, { kind: 'published' });
  return { tenantId: tenant.tenantId, projectId: project, digest: image.manifestDigest };
}
