import type { LeaseGate, LeaseHolder, RunSpec } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { acknowledgeLease } from './acknowledge-lease.js';
import { appendLog } from './append-log.js';
import { finishRun } from './finish-run.js';
import { beat, heartbeat } from './heartbeat.js';
import { holdLease } from './hold-lease.js';
import { DISPATCH_DEFAULTS } from './options.js';
import { putPublication } from './put-publication.js';
import { putSteps } from './put-steps.js';
import { gitConfig, recordConfig } from './record-config.js';
import { recordRegistries } from './record-registries.js';
import { recordSource } from './record-source.js';
import { renewLease } from './renew-lease.js';
import { resolveLease, resolveWorker } from './resolve-tokens.js';
import { readRunSpec } from './run-spec.js';

/** The api's side of leases. Works under the role kiln_api. */
export function createLeaseGate(
  db: Database,
  given: { leaseTtlMs?: number; workerSilenceMs?: number } = {},
): LeaseGate {
  const { leaseTtlMs: ttlMs, workerSilenceMs } = { ...DISPATCH_DEFAULTS, ...given };
  return {
    resolveWorker: (token) => resolveWorker(db, token),
    resolveLease: (token) => resolveLease(db, token),
    heartbeat: (workerId, offer) => heartbeat(db, workerSilenceMs, workerId, offer),
    beat: (instance) => beat(db, instance),
    acknowledge: (workerId, leaseId, fence, hostId) =>
      acknowledgeLease(db, ttlMs, { workerId, hostId }, leaseId, fence),
    renew: (holder, fence) => renewLease(db, ttlMs, holder, fence),
    appendLog: (holder, fence, chunks) => appendLog(db, holder, fence, chunks),
    putSteps: (holder, fence, steps) => putSteps(db, holder, fence, steps),
    putPublication: (holder, fence, report) => putPublication(db, holder, fence, report),
    gitConfig: (holder, fence) => gitConfig(db, holder, fence),
    recordConfig: (holder, fence, config) => recordConfig(db, holder, fence, config),
    recordRegistries: (holder, fence, registries) => recordRegistries(db, holder, fence, registries),
    recordSource: (holder, fence, git) => recordSource(db, holder, fence, git),
    finish: (holder, fence, outcome, log) => finishRun(db, holder, fence, outcome, log),
    run: (holder, fence) => runOf(db, holder, fence),
    contextDigest: async (holder, fence) => (await runOf(db, holder, fence)).context?.sha256 ?? null,
  };
}

async function runOf(db: Database, holder: LeaseHolder, fence: number): Promise<RunSpec> {
  return inTenant(db, holder.tenantId, async (tx) => {
    await holdLease(tx, holder, fence);
    return readRunSpec(tx, holder);
  });
}
