import type { BuildPrune } from '../../../src/contracts/build-retention.js';
import { KilnError } from '../../../src/domain/errors.js';
import type { BuildRetentionStore } from '../../../src/ports/build-retention.js';
import { BUILD_ID, PROJECT_ID, TENANT } from './records.js';

/** The prunes of the builds of the project: one, whose id is that of the build. */
export function fakeBuildRetention(): BuildRetentionStore {
  const prune: BuildPrune = {
    id: BUILD_ID,
    project_id: PROJECT_ID,
    prune_trigger: 'manual',
    requested_at: '2026-01-01T00:00:00.000Z',
    completed_at: null,
    removed_builds: 0,
    removed_log_bytes: 0,
  };
  const retention = { keep_builds: 1, older_than_days: null, log_days: null };
  const layers = { set_here: retention, effective: retention };
  return {
    read: () => Promise.resolve(layers),
    change: () => Promise.resolve(layers),
    preview: () => Promise.resolve({ retention, goes: [], goes_count: 0, stays: [], stays_count: 0 }),
    request: () => Promise.resolve(prune),
    get: ({ tenantId }, id) =>
      id === BUILD_ID && tenantId === TENANT.tenantId
        ? Promise.resolve(prune)
        : Promise.reject(new KilnError('not_found')),
  };
}
