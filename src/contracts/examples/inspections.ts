import type { ImageScan, PackageMatch } from '../inspections.js';
import { at, IMAGE_ID, MANIFEST_DIGEST, PROJECT, REPOSITORY } from './names.js';

export const CYCLONEDX_EXAMPLE = '{"bomFormat":"CycloneDX","specVersion":"1.6","components":[]}';

export const PACKAGE_MATCH: PackageMatch = {
  package_name: 'libssl3',
  package_version: '3.0.11-1~deb12u2',
  package_type: 'deb',
  source_name: 'openssl',
  purl: 'pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl',
  image_id: IMAGE_ID,
  manifest_digest: MANIFEST_DIGEST,
  platform: 'linux/amd64',
  project: PROJECT,
  tags: [`${REPOSITORY}:1.2`],
  last_built_at: at(13),
  last_build_number: 3,
};

export const SCAN: ImageScan = {
  manifest_digest: MANIFEST_DIGEST,
  platform: 'linux/amd64',
  scanned_at: at(17),
  tool: 'grype 0.121.3',
  database_version: 'v6.1.4',
  database_built_at: at(1),
  failure_reason: null,
  counts: { critical: 0, high: 1, medium: 0, low: 0, negligible: 0, unknown: 0 },
  items: [
    {
      vulnerability_id: 'CVE-2023-5363',
      severity: 'high',
      package_name: 'libssl3',
      package_version: '3.0.11-1~deb12u1',
      package_type: 'deb',
      fixed_version: '3.0.11-1~deb12u2',
      link: 'https://security-tracker.debian.org/tracker/CVE-2023-5363',
    },
  ],
};
