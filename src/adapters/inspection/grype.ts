import { join } from 'node:path';
import { z } from 'zod';
import type { ScanDatabase } from '../../domain/scans/finding.js';
import { readGrype } from './read-grype.js';
import type { ScannerKind } from './scanner-kind.js';

const version = z.object({ application: z.literal('grype'), version: z.string() });
const status = z.object({
  schemaVersion: z.string().optional(),
  built: z.string().optional(),
  valid: z.boolean(),
  error: z.string().optional(),
});

/** grype; nothing of it reaches a network. How old its database is, Kiln says, so that grype need not refuse an old one. */
export const GRYPE: ScannerKind = {
  name: 'grype',
  environment: (database, userCache) => ({
    GRYPE_DB_AUTO_UPDATE: 'false',
    GRYPE_DB_VALIDATE_AGE: 'false',
    GRYPE_CHECK_FOR_APP_UPDATE: 'false',
    GRYPE_DB_CACHE_DIR: database ?? join(userCache, 'grype', 'db'),
  }),
  versionArguments: ['version', '--output=json'],
  readVersion: (text) => version.parse(JSON.parse(text)).version,
  databaseArguments: () => ['db', 'status', '--output=json'],
  readDatabase: (text): ScanDatabase | { failureReason: string } => {
    const { schemaVersion, built, valid, error } = status.parse(JSON.parse(text));
    if (!valid) return { failureReason: error ?? 'it is not valid' };
    return {
      version: schemaVersion ?? null,
      builtAt: built === undefined ? null : new Date(built).toISOString(),
    };
  },
  prepare: (cyclonedx) => cyclonedx,
  scanArguments: (file) => [`sbom:${file}`, '--quiet', '--output=json'],
  readReport: readGrype,
  authorTexts: [
    ['source', 'target', 'labels'],
    ['source', 'target', 'config'],
    ['source', 'target', 'manifest'],
  ],
  databaseRemedy: 'run `grype db update` as the user of the controller, or set KILN_SCANNER_DATABASE',
};
