import { createHash } from 'node:crypto';
import type { Content } from '../../../src/ports/contents.js';
import { IMAGE, IMAGE_DETAIL } from '../../../src/contracts/examples/images.js';
import { LAYERS } from '../../../src/contracts/examples/build-records.js';
import type { ImageDetail } from '../../../src/contracts/images.js';
import { KilnError } from '../../../src/domain/errors.js';
import { CYCLONEDX_EXAMPLE, PACKAGE_MATCH, SCAN } from '../../../src/contracts/examples/inspections.js';
import type { InspectionStore } from '../../../src/ports/inspections.js';
import type { ImageFiles, ImageStore, ManifestFacts } from '../../../src/ports/images.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { TENANT } from './records.js';

export const MANIFEST: ManifestFacts = {
  id: IMAGE.id,
  manifestDigest: IMAGE.manifest_digest,
  compressedSizeBytes: IMAGE.compressed_size_bytes,
  uncompressedSizeBytes: IMAGE.uncompressed_size_bytes,
  settings: {
    platform: 'linux/amd64',
    baseImage: null,
    entrypoint: ['/app'],
    cmd: null,
    workingDir: '/',
    envVars: [],
  },
  layers: LAYERS,
  state: 'explored',
  failureReason: null,
  packages: { foundBy: 'sbom', packages: [] },
};

/** One image, which is explored unless a test says otherwise. */
export function fakeImages(
  now: { image?: () => ImageDetail; manifest?: () => ManifestFacts } = {},
): ImageStore {
  const only = <Answer>(tenant: TenantContext, reference: string, answer: Answer): Promise<Answer> =>
    tenant.tenantId === TENANT.tenantId && reference === IMAGE.id
      ? Promise.resolve(answer)
      : Promise.reject(new KilnError('not_found', { message: 'There is no such image.' }));
  return {
    list: () => Promise.resolve({ items: [IMAGE], nextCursor: null }),
    get: (tenant, reference) => only(tenant, reference, now.image?.() ?? IMAGE_DETAIL),
    layers: (tenant, reference) => only(tenant, reference, [...LAYERS]),
    manifest: (tenant, reference) => only(tenant, reference, now.manifest?.() ?? MANIFEST),
    fileLists: () => Promise.resolve([]),
  };
}

/** An image with one file. */
export function fakeImageFiles(): ImageFiles {
  const nothing = { added: 0, changed: 0, removed: 0, addedBytes: 0, removedBytes: 0, changedBytes: 0 };
  return {
    biggest: (_lists, { path }) =>
      Promise.resolve(
        path === 'nowhere'
          ? null
          : [
              {
                ...{ path: 'app', kind: 'file', sizeBytes: 1, fileCount: 1 },
                ...{ layerNumber: 1, change: null, leftOutBytes: 0 },
              } as const,
            ],
      ),
    compare: () => Promise.resolve({ ...nothing, biggest: [] }),
  };
}

/** What the fake says that the bill of materials is; who plays it has to have the bytes. */
function contentOf(text: string): Content {
  return { sha256: createHash('sha256').update(text).digest('hex'), sizeBytes: Buffer.byteLength(text) };
}

/** What was found of the one image. */
export function fakeInspections(): InspectionStore {
  const only = <Answer>(tenant: TenantContext, reference: string, answer: Answer): Promise<Answer> =>
    tenant.tenantId === TENANT.tenantId && reference === IMAGE.id
      ? Promise.resolve(answer)
      : Promise.reject(new KilnError('not_found', { message: 'There is no such image.' }));
  const lost = new Set<string>();
  return {
    askFor: () => Promise.resolve(null),
    isTriedSince: () => Promise.resolve(true),
    noteLostSbom: (_tenant, _reference, sha256) => Promise.resolve(lost.size < lost.add(sha256).size),
    sbom: (tenant, { reference }) =>
      only(tenant, reference, { digest: IMAGE.manifest_digest, document: contentOf(CYCLONEDX_EXAMPLE) }),
    findPackages: (tenant) =>
      Promise.resolve({
        items: tenant.tenantId === TENANT.tenantId ? [PACKAGE_MATCH] : [],
        nextCursor: null,
        notCompared: [],
      }),
    scan: (tenant, { reference }) => only(tenant, reference, SCAN),
  };
}
