import type { ErrorRule } from './error-table.js';

/** The part of the table of errors that is about bills of materials and scans. */
export const INSPECTION_ERRORS = {
  sbom_missing: {
    status: 409,
    retryable: true,
    text: 'There is no bill of materials of this image yet.',
    fix: 'Ask again in a few seconds, or with --wait. Kiln makes those that are missing with the next build of the image, and every night for images in use.',
  },
  not_scanned: {
    status: 409,
    retryable: true,
    text: 'Nobody has scanned this image yet.',
    fix: 'Ask again in a few seconds, or with --wait. Every night Kiln scans what is in use and was not scanned by the newest database.',
  },
  vulnerabilities_found: {
    status: 409,
    retryable: false,
    text: 'A scan has found vulnerabilities that the gate of the project refuses.',
    fix: 'Raise the packages that are named to their fixed versions, or build on a newer base image. To let a person decide instead: `kiln projects set PROJECT --gate-fail-on none --gate-hold-on high`, and `kiln retry BUILD --from publish`.',
  },
  scan_unavailable: {
    status: 409,
    retryable: true,
    text: 'The gate of the project asks for a scan, and none could be made.',
    fix: 'Install syft and grype (or trivy, by KILN_SCANNER) with its database on the host of the controller, and `kiln retry BUILD --from publish`. `kiln projects set PROJECT --gate-fail-on none --gate-hold-on none` asks for no scan.',
  },
} as const satisfies Record<string, ErrorRule>;
