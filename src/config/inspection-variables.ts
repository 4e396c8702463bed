import { text } from './values.js';

/** Of the process that makes bills of materials and scans. */
export const INSPECTION_VARIABLES = {
  KILN_SYFT_PATH: text
    .default('syft')
    .describe('The program syft, for bills of materials; images have none without.'),
  KILN_SCANNER: text
    .optional()
    .describe(
      'The program grype or trivy, for scans; the one that is in PATH unless set, grype first. `off` scans nothing.',
    ),
  KILN_SCANNER_DATABASE: text
    .optional()
    .describe(
      "Folder of the scanner's database of vulnerabilities, which Kiln never updates: GRYPE_DB_CACHE_DIR of grype, --cache-dir of trivy. The one of the user that the controller runs as unless set.",
    ),
};
