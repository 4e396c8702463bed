import type { ImageScan, PackageMatch } from '../contracts/inspections.js';
import type { PackageQuery } from '../domain/packages/package-query.js';
import type { SbomFormat } from '../contracts/inspection-operations.js';
import type { Content } from './contents.js';
import type { TenantContext } from './stores.js';

/** A bill of materials, or a scan. */
export type Inspected = 'sbom' | 'scan';

/** What was found of images beyond their layers, as the api reads it. Images are named as in `ImageStore`. */
export interface InspectionStore {
  /** Where the document is; of an index that of a platform (the first one for null). `sbom_missing`, with the reason where there is one. */
  sbom(
    tenant: TenantContext,
    image: { readonly reference: string; readonly platform: string | null },
    format: SbomFormat,
  ): Promise<{ readonly digest: string; readonly document: Content }>;
  /** The bytes of a document are lost: it is told so from now on, and made again. Gives whether nobody has said so before. */
  noteLostSbom(tenant: TenantContext, imageReference: string, sha256: string): Promise<boolean>;
  /** Has made again what could not be made; gives when that was tried last, null where none has failed. */
  askFor(tenant: TenantContext, imageReference: string, what: Inspected): Promise<Date | null>;
  /** Whether every one that could not be made by then was tried again. */
  isTriedSince(tenant: TenantContext, imageReference: string, what: Inspected, time: Date): Promise<boolean>;
  /** The images that have a package: by name, without regard to case, and of each name those whose packages were listed last first. */
  findPackages(
    tenant: TenantContext,
    query: PackageQuery,
    page: { readonly limit: number; readonly cursor: string | null },
  ): Promise<{
    readonly items: PackageMatch[];
    readonly nextCursor: string | null;
    /** Versions of which nobody can say whether they are meant. */
    readonly notCompared: readonly string[];
  }>;
  /** `not_scanned`, with the reason where there is one. */
  scan(
    tenant: TenantContext,
    image: { readonly reference: string; readonly platform: string | null },
  ): Promise<ImageScan>;
}
