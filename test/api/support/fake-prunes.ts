import type { Prune } from '../../../src/contracts/retention.js';
import { KilnError } from '../../../src/domain/errors.js';
import type { PruneStore } from '../../../src/ports/retention.js';
import { BUILD_ID, PROJECT_ID, TENANT } from './records.js';

/** The prunes of the project: one, whose id is that of the build. */
export function fakePrunes(): PruneStore {
  const prune: Prune = {
    id: BUILD_ID,
    project_id: PROJECT_ID,
    prune_trigger: 'manual',
    requested_at: '2026-01-01T00:00:00.000Z',
    completed_at: null,
    removed: [],
    kept: [],
    troubles: [],
  };
  const retention = { keep_newest: 1, older_than_seconds: null, protected_tags: [], expendable_tags: [] };
  return {
    preview: () => Promise.resolve({ retention, goes: [], stays: [] }),
    layers: () => Promise.resolve([]),
    request: () => Promise.resolve(prune),
    get: ({ tenantId }, id) =>
      id === BUILD_ID && tenantId === TENANT.tenantId
        ? Promise.resolve(prune)
        : Promise.reject(new KilnError('not_found')),
  };
}
