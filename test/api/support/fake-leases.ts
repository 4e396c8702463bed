import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';
import { KilnError } from '../../../src/domain/errors.js';
import type { LeaseGate, LeaseHolder, RunSpec } from '../../../src/ports/dispatch.js';
import type { StoredConfig } from '../../../src/ports/records.js';
import { BUILD_ID, LEASE_ID, PROJECT_ID, TENANT, WORKER_ID } from './records.js';

export const FENCE = 7;

const GIT_CONFIG: StoredConfig = {
  method: 'buildx',
  buildNumber: 1,
  imageRepository: 'localhost:5000/hello',
  source: { kind: 'inline' },
  options: {},
  destinations: [],
  buildTimeoutMs: 3_600_000,
  resources: {},
  layers: {},
  limits: BUILT_IN_LIMITS,
  trust: 'untrusted',
  withoutSecrets: false,
  buildFile: null,
};

function aRun(fence: number): RunSpec {
  return {
    build_id: BUILD_ID,
    build_number: 1,
    tenant_id: TENANT.tenantId,
    project_id: PROJECT_ID,
    project: 'hello',
    attempt: 1,
    fence,
    build_method: 'buildx',
    options: {},
    source: { kind: 'inline' },
    git_commit: null,
    build_file: null,
    context: null,
    limits: BUILT_IN_LIMITS,
    trust: 'untrusted',
    resources: {},
    staging: { repository: 'localhost:5000/staging', tag: `${BUILD_ID}-1` },
    repositories: ['localhost:5000/hello'],
  };
}

/** One lease of one worker; every effect is noted. */
export function fakeLeases(effects: { name: string; input: unknown }[]): LeaseGate {
  const holder: LeaseHolder = {
    leaseId: LEASE_ID,
    tenantId: TENANT.tenantId,
    buildId: BUILD_ID,
    attempt: 1,
    fence: FENCE,
  };
  const effect = (name: string, fence: number, input: unknown): Promise<void> => {
    if (fence !== FENCE) return Promise.reject(new KilnError('stale_fence'));
    effects.push({ name, input });
    return Promise.resolve();
  };
  return {
    resolveWorker: (token) =>
      Promise.resolve(token === 'worker-token' ? { workerId: WORKER_ID, workerName: 'local-1' } : null),
    resolveLease: (token) => Promise.resolve(token === 'lease-token' ? holder : null),
    heartbeat: async (_workerId, offer) => (await effect('heartbeat', FENCE, offer), { leases: 0 }),
    async acknowledge(_workerId, leaseId, fence) {
      if (leaseId !== LEASE_ID) throw new KilnError('not_found');
      await effect('acknowledge', fence, null);
      return {
        leaseToken: 'lease-token',
        ttlMs: 15_000,
        run: aRun(fence),
      };
    },
    renew: async (_holder, fence) => {
      await effect('renew', fence, null);
      return { ttlMs: 15_000, cancelRequested: true };
    },
    appendLog: (_holder, fence, chunks) => effect('appendLog', fence, chunks),
    putSteps: (_holder, fence, steps) => effect('putSteps', fence, steps),
    putPublication: async (_holder, fence, report) => {
      await effect('putPublication', fence, report);
      return [];
    },
    run: async (_holder, fence) => (await effect('run', fence, null), aRun(fence)),
    recordRegistries: (_holder, fence, registries) => effect('recordRegistries', fence, registries),
    recordSource: (_holder, fence, git) => effect('recordSource', fence, git),
    gitConfig: async (_holder, fence) => (await effect('gitConfig', fence, null), GIT_CONFIG),
    recordConfig: async (_holder, fence, config) => (
      await effect('recordConfig', fence, config),
      aRun(fence)
    ),
    contextDigest: () => Promise.resolve(null),
    finish: (_holder, fence, outcome, log) => effect('finish', fence, { outcome, log }),
    beat: () => Promise.resolve(),
  };
}
