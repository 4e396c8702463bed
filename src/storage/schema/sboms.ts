import type { GeneratedAlways } from 'kysely';
import type { PackagesFoundBy } from '../../domain/packages/image-package.js';
import type { Severity } from '../../domain/scans/severity.js';

export interface ImagePackageListsTable {
  tenant_id: string;
  manifest_digest: string;
  found_by: PackagesFoundBy;
  packages_count: number;
}

export interface ImagePackagesTable {
  tenant_id: string;
  manifest_digest: string;
  position: number;
  package_name: string;
  package_version: string;
  package_type: string;
  source_name: string | null;
  purl: string | null;
  name_key: GeneratedAlways<string>;
  source_key: GeneratedAlways<string | null>;
}

/** Either a reason, or tool and documents. */
export interface ImageSbomsTable {
  tenant_id: string;
  manifest_digest: string;
  failure_reason: string | null;
  tool: string | null;
  note: string | null;
  cyclonedx_sha256: string | null;
  cyclonedx_size_bytes: number | null;
  spdx_sha256: string | null;
  spdx_size_bytes: number | null;
  ended_at: Date;
}

export interface ImageScansTable {
  tenant_id: string;
  manifest_digest: string;
  tried_at: Date;
  failure_reason: string | null;
  scanned_at: Date | null;
  tool: string | null;
  database_version: string | null;
  database_built_at: Date | null;
}

export interface ImageFindingsTable {
  tenant_id: string;
  manifest_digest: string;
  position: number;
  vulnerability_id: string;
  severity: Severity;
  package_name: string;
  package_version: string;
  package_type: string;
  fixed_version: string | null;
  link: string | null;
}
