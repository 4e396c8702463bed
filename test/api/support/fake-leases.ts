import { KilnError } from '../../../src/domain/errors.js';
import type { LeaseGate, LeaseHolder } from '../../../src/ports/dispatch.js';
import { BUILD_ID, LEASE_ID, PROJECT_ID, TENANT, WORKER_ID } from './records.js';

export const FENCE = 7;

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
    heartbeat: (_workerId, offer) => effect('heartbeat', FENCE, offer),
    async acknowledge(_workerId, leaseId, fence) {
      if (leaseId !== LEASE_ID) throw new KilnError('not_found');
      await effect('acknowledge', fence, null);
      return {
        leaseToken: 'lease-token',
        ttlMs: 15_000,
        run: {
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
          context: null,
          staging: { repository: 'localhost:5000/staging', tag: `${BUILD_ID}-1` },
          repositories: ['localhost:5000/hello'],
        },
      };
    },
    renew: async (_holder, fence) => {
      await effect('renew', fence, null);
      return { ttlMs: 15_000, cancelRequested: true };
    },
    appendLog: (_holder, fence, chunks) => effect('appendLog', fence, chunks),
    putSteps: (_holder, fence, steps) => effect('putSteps', fence, steps),
    recordSource: (_holder, fence, git) => effect('recordSource', fence, git),
    contextDigest: () => Promise.resolve(null),
    finish: (_holder, fence, outcome, log) => effect('finish', fence, { outcome, log }),
    beat: () => Promise.resolve(),
  };
}
