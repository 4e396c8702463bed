import { noSuchBuild } from '../../domain/builds/no-such-build.js';
import { parseId } from '../../domain/ids.js';
import type { BuildStore, TenantContext } from '../../ports/stores.js';
import type { Database, Tx } from '../database.js';
import { readInTenant } from '../in-tenant.js';
import { accept } from './accept.js';
import { acceptRebuild } from './accept-rebuild.js';
import { acceptRetry } from './accept-retry.js';
import { acceptWhatIf } from './accept-what-if.js';
import { findKey } from './idempotency.js';
import { methodsOffered, networksOffered } from './methods-offered.js';
import { listBuilds } from './list-builds.js';
import { readAttempts } from './read-attempts.js';
import { readBaseImages } from './read-base-images.js';
import { readBuild, readChain } from './read-build.js';
import { readCacheFacts } from './read-cache-facts.js';
import { readConfig } from './read-config.js';
import { readHistory } from './read-history.js';
import { readLayers } from './read-layers.js';
import { readPublications } from './publications.js';
import { readMetrics } from './read-metrics.js';
import { readSteps } from './read-steps.js';
import { readArtifacts } from './read-artifacts.js';
import { readFlakyTests, readTests } from './read-tests.js';
import { readWarnings } from './read-warnings.js';
import { requestCancel } from './request-cancel.js';

/** Builds as the api reads and accepts them; every call is one transaction of the tenant. */
export function createBuildStore(db: Database): BuildStore {
  const read =
    <T>(reader: (tx: Tx, buildId: string) => Promise<T>) =>
    (tenant: TenantContext, buildId: string): Promise<T> =>
      readInTenant(db, tenant.tenantId, async (tx) => {
        await requireBuild(tx, buildId);
        return reader(tx, buildId);
      });
  return {
    methodsOffered: (tenant) =>
      readInTenant(db, tenant.tenantId, (tx) => methodsOffered(tx, tenant.tenantId)),
    networksOffered: (tenant, method) =>
      readInTenant(db, tenant.tenantId, (tx) => networksOffered(tx, tenant.tenantId, method)),
    accept: (tenant, request) => accept(db, tenant, request),
    findAccepted: async (tenant, idempotency) => {
      if (idempotency === null) return null;
      return readInTenant(db, tenant.tenantId, async (tx) => {
        const first = await findKey(tx, idempotency);
        return first === null ? null : readBuild(tx, first);
      });
    },
    retry: (tenant, request) => acceptRetry(db, tenant, request),
    rebuild: (tenant, request) => acceptRebuild(db, tenant, request),
    whatIf: (tenant, request) => acceptWhatIf(db, tenant, request),
    chain: read(readChain),
    get: (tenant, buildId) => readInTenant(db, tenant.tenantId, (tx) => readBuild(tx, buildId)),
    withSteps: (tenant, buildId) =>
      readInTenant(db, tenant.tenantId, async (tx) => ({
        build: await readBuild(tx, buildId),
        steps: await readSteps(tx, buildId),
        publications: await readPublications(tx, buildId),
      })),
    list: (tenant, filter) => listBuilds(db, tenant, filter),
    requestCancel: (tenant, buildId) => requestCancel(db, tenant, buildId),
    steps: read(readSteps),
    warnings: read(readWarnings),
    artifacts: read(readArtifacts),
    tests: (tenant, buildId, query) =>
      readInTenant(db, tenant.tenantId, async (tx) => {
        await requireBuild(tx, buildId);
        return readTests(tx, buildId, query);
      }),
    flakyTests: (tenant, projectId, query) =>
      readInTenant(db, tenant.tenantId, (tx) => readFlakyTests(tx, projectId, query)),
    publications: read(readPublications),
    layers: read(readLayers),
    cacheFacts: read(readCacheFacts),
    baseImages: read(readBaseImages),
    metrics: read(readMetrics),
    history: read(readHistory),
    attempts: read(readAttempts),
    config: read(readConfig),
  };
}

/** not_found unless the build is the transaction's tenant's. */
async function requireBuild(tx: Tx, buildId: string): Promise<void> {
  const row = await tx
    .selectFrom('builds')
    .select('id')
    .where('id', '=', parseId(buildId))
    .executeTakeFirst();
  if (row === undefined) throw noSuchBuild();
}
