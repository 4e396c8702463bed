import { createHeadReader } from '../adapters/git/read-heads.js';
import { inOwnFolder } from '../adapters/inspection/own-folder.js';
import type { ControllerConfig } from '../config.js';
import type { ReconciliationDeps } from '../controller/reconciliation.js';
import type { SecretVault } from '../ports/secrets.js';
import type { Database } from '../storage/database.js';
import { createWebhookReadings } from '../storage/webhooks/webhook-readings.js';
import { gitHostOf } from './git-host.js';

/** Branches and tags alone; a git host that takes longer is asked again in the next round. */
const TIMEOUT_MS = 60_000;

/** What the controller looks for missed pushes with. */
export function openReconciliation(
  config: ControllerConfig,
  database: Database,
  vault: Pick<SecretVault, 'gitCredential'>,
): Omit<ReconciliationDeps, 'feed' | 'found' | 'log'> {
  return {
    readings: createWebhookReadings(database),
    readHeads: createHeadReader(gitHostOf(config), inOwnFolder, TIMEOUT_MS),
    credentialFor: ({ tenantId, projectId }, url) => vault.gitCredential(tenantId, projectId, url),
    everyMs: config.reconcileSeconds === 0 ? null : config.reconcileSeconds * 1000,
    graceMs: config.reconcileGraceSeconds * 1000,
  };
}
