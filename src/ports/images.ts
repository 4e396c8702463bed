import type { BuildLayer } from '../contracts/builds.js';
import type { Image, ImageDetail } from '../contracts/images.js';
import type { FileDifferences } from '../domain/images/compare-files.js';
import type { SizedFile } from '../domain/images/biggest-files.js';
import type { ImageSettings } from '../domain/images/compare-images.js';
import type { ExplorationState } from '../domain/images/exploration.js';
import type { KnownPackages } from '../domain/images/compare-packages.js';
import type { Page } from './records.js';
import type { TenantContext } from './stores.js';

/** What two images are compared by: those of one manifest. */
export interface ManifestFacts {
  readonly id: string;
  readonly manifestDigest: string;
  readonly compressedSizeBytes: number;
  readonly uncompressedSizeBytes: number | null;
  readonly settings: ImageSettings;
  readonly layers: readonly BuildLayer[];
  readonly state: ExplorationState | null;
  readonly failureReason: string | null;
  /** Null where they are not known. */
  readonly packages: KnownPackages | null;
}

/** Images as the api reads them. */
export interface ImageStore {
  list(
    tenant: TenantContext,
    filter: { readonly projectId: string | null; readonly limit: number; readonly cursor: string | null },
  ): Promise<Page<Image>>;
  /** By id, or by digest or the beginning of one; not_found, or invalid_request for a beginning of several digests. */
  get(tenant: TenantContext, reference: string): Promise<ImageDetail>;
  /** Of an index those of all its platforms. */
  layers(tenant: TenantContext, reference: string): Promise<BuildLayer[]>;
  /** The image itself, or of an index that of a platform (the first one for null); not_found where it has none such. */
  manifest(tenant: TenantContext, reference: string, platform: string | null): Promise<ManifestFacts>;
  /** The packed file lists of a manifest that was explored, from the base up. */
  fileLists(tenant: TenantContext, imageId: string): Promise<Uint8Array[]>;
}

/** Reads packed file lists, beside everything else that the process does. */
export interface ImageFiles {
  /** The biggest things at and below a path of the image, or of what one layer did; null where nothing is at the path. */
  biggest(
    lists: readonly Uint8Array[],
    query: { readonly path: string; readonly layerNumber: number | null; readonly limit: number },
  ): Promise<SizedFile[] | null>;
  compare(
    before: readonly Uint8Array[],
    after: readonly Uint8Array[],
    limit: number,
  ): Promise<FileDifferences>;
}
