import { cryptography } from '../../../src/adapters/signing/cryptography.js';
import type { ApiDeps } from '../../../src/api/deps.js';
import { KilnError } from '../../../src/domain/errors.js';
import { BUILD_ID, TENANT } from './records.js';

export const KNOWN_REPOSITORY = 'registry.example.com/team/app';

/** One repository that serves one image, of which nothing is signed. */
export function fakeVerifications(): Pick<ApiDeps, 'verifications' | 'registryFor' | 'cryptography'> {
  const digest = `sha256:${'1'.repeat(64)}`;
  return {
    cryptography,
    registryFor: () => ({
      tagged: () => Promise.resolve([]),
      head: () => Promise.resolve({ digest, mediaType: 'm', sizeBytes: 1 }),
      findTrouble: () => Promise.resolve(null),
      read: () => Promise.resolve({ envelopes: [], signatures: [], unread: 0 }),
    }),
    verifications: {
      owner: (tenant, repository) =>
        repository === KNOWN_REPOSITORY && tenant.tenantId === TENANT.tenantId
          ? Promise.resolve({ tenantId: tenant.tenantId, projectId: 'p' })
          : Promise.reject(new KilnError('not_found')),
      taggedDigest: () => Promise.resolve(null),
      envelopes: () => Promise.resolve([]),
      known: () =>
        Promise.resolve({
          builds: [],
          sbomStatements: [],
          isSignatureRecorded: false,
          isSigning: false,
          isSbomAwaited: false,
        }),
      keys: () => Promise.resolve([]),
      provenance: (tenant, buildId) =>
        buildId === BUILD_ID && tenant.tenantId === TENANT.tenantId
          ? Promise.resolve({ state: 'pending', reason: null, keyId: null, envelope: null })
          : Promise.reject(new KilnError('not_found')),
    },
  };
}
