import { join } from 'node:path';
import { z } from 'zod';
import type { ScanDatabase } from '../../domain/scans/finding.js';
import { readTrivy } from './read-trivy.js';
import { tellTrivySources } from './tell-trivy-sources.js';
import type { ScannerKind } from './scanner-kind.js';

const version = z.object({ Version: z.string() });
const database = z.object({
  VulnerabilityDB: z.object({ Version: z.number(), UpdatedAt: z.string() }).optional(),
});

/** trivy; nothing of it reaches a network. */
export const TRIVY: ScannerKind = {
  name: 'trivy',
  environment: (folder, userCache) => ({
    TRIVY_CACHE_DIR: folder ?? join(userCache, 'trivy'),
    TRIVY_SKIP_VERSION_CHECK: 'true',
    TRIVY_DISABLE_TELEMETRY: 'true',
  }),
  versionArguments: ['version', '--format=json'],
  readVersion: (text) => version.parse(JSON.parse(text)).Version,
  databaseArguments: () => ['version', '--format=json'],
  readDatabase: (text): ScanDatabase | { failureReason: string } => {
    const found = database.parse(JSON.parse(text)).VulnerabilityDB;
    if (found === undefined) return { failureReason: 'there is none' };
    return { version: `v${found.Version}`, builtAt: new Date(found.UpdatedAt).toISOString() };
  },
  prepare: tellTrivySources,
  scanArguments: (file) => [
    'sbom',
    file,
    '--format=json',
    '--quiet',
    '--skip-db-update',
    '--skip-java-db-update',
    '--offline-scan',
  ],
  readReport: readTrivy,
  authorTexts: [['Metadata', 'ImageConfig']],
  databaseRemedy:
    'run `trivy image --download-db-only` as the user of the controller, or set KILN_SCANNER_DATABASE',
};
