import type { BuildFilter } from '../../../src/ports/records.js';
import type { Database } from '../../../src/storage/database.js';
import { createArtifactRows } from '../../../src/storage/artifacts/artifact-rows.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createLogReader } from '../../../src/storage/builds/log-reader.js';
import { encodeCursor } from '../../../src/storage/cursor.js';
import { createAudit } from '../../../src/storage/dispatch/audit.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createQueueStore } from '../../../src/storage/dispatch/queue-store.js';
import { createServiceLoadReader } from '../../../src/storage/dispatch/service-load.js';
import { createImageStore } from '../../../src/storage/images/image-store.js';
import { createLeftPublications } from '../../../src/storage/retention/left-publications.js';
import { createInspectionStore } from '../../../src/storage/sboms/inspection-store.js';
import { encodePackageCursor } from '../../../src/storage/sboms/package-cursor.js';
import { createRollUp } from '../../../src/storage/stats/roll-up.js';
import { createStatsStore } from '../../../src/storage/stats/stats-store.js';
import { createOwedTraces } from '../../../src/storage/traces/owed-traces.js';
import { transact } from '../../../src/storage/transact.js';
import { readHeads } from '../../../src/storage/dispatch/queue-heads.js';
import { readPool } from '../../../src/storage/dispatch/pool-state.js';

/** A build of the tenant that has the most of them, on a branch of few. */
export interface Sampled {
  readonly tenantId: string;
  readonly userId: string;
  readonly projectId: string;
  readonly buildId: string;
  readonly branch: string;
  readonly commit: string;
  readonly imageId: string;
  readonly digest: string;
  readonly createdAt: Date;
}

export type Reading = (database: Database, of: Sampled) => Promise<unknown>;

const NO_FILTER: BuildFilter = {
  ...{
    projectId: null,
    number: null,
    status: null,
    gateStatus: null,
    branch: null,
    method: null,
    commit: null,
  },
  ...{ limit: 50, cursor: null },
};

function tenantOf({ tenantId, userId }: Sampled) {
  return { tenantId, userId, tokenId: userId };
}

function list(filter: (of: Sampled) => Partial<BuildFilter>): Reading {
  return (database, of) => createBuildStore(database).list(tenantOf(of), { ...NO_FILTER, ...filter(of) });
}

function ofBuild(
  part:
    | 'get'
    | 'chain'
    | 'steps'
    | 'attempts'
    | 'history'
    | 'metrics'
    | 'layers'
    | 'publications'
    | 'baseImages'
    | 'warnings'
    | 'artifacts'
    | 'cacheFacts'
    | 'config',
): Reading {
  return (database, of) => createBuildStore(database)[part](tenantOf(of), of.buildId);
}

const DAY_MS = 86_400_000;
function lastDays(projectId: string | null) {
  const day = (back: number): string => new Date(Date.now() - back * DAY_MS).toISOString().slice(0, 10);
  return { range: { from: day(8), until: day(1) }, projectId };
}

/** What the api reads of tables that grow with every build, by name. */
export const readingsOfApi: Readonly<Record<string, Reading>> = {
  'builds, first page': list(() => ({})),
  'builds, later page': list(({ createdAt, buildId }) => ({
    cursor: encodeCursor({ created_at: createdAt, id: buildId }),
  })),
  'builds of a project': list(({ projectId }) => ({ projectId })),
  'builds by status': list(() => ({ status: 'in_progress' })),
  'builds of a project by status': list(({ projectId }) => ({ projectId, status: 'failed' })),
  'builds by branch': list(({ branch }) => ({ branch })),
  'builds of a project by branch': list(({ projectId, branch }) => ({ projectId, branch })),
  'builds by method': list(() => ({ method: 'packer' })),
  'builds by commit': list(({ commit }) => ({ commit: commit.slice(0, 12) })),
  'builds that are held': list(() => ({ gateStatus: 'held' })),
  'what-ifs of a project': list(({ projectId }) => ({ projectId, whatIfs: 'only' })),
  'builds but for what-ifs': list(({ projectId }) => ({ projectId, whatIfs: 'without' })),
  'builds by gate': list(() => ({ gateStatus: 'rejected' })),
  'a build by number': list(({ projectId }) => ({ projectId, number: 7 })),
  'a build': ofBuild('get'),
  'a chain': ofBuild('chain'),
  steps: ofBuild('steps'),
  attempts: ofBuild('attempts'),
  history: ofBuild('history'),
  metrics: ofBuild('metrics'),
  layers: ofBuild('layers'),
  publications: ofBuild('publications'),
  'base images': ofBuild('baseImages'),
  warnings: ofBuild('warnings'),
  artifacts: ofBuild('artifacts'),
  'cache facts': ofBuild('cacheFacts'),
  config: ofBuild('config'),
  tests: (database, of) =>
    createBuildStore(database).tests(tenantOf(of), of.buildId, { status: null, limit: 100 }),
  'flaky tests': (database, of) =>
    createBuildStore(database).flakyTests(tenantOf(of), of.projectId, { builds: 50, limit: 50 }),
  'log, first page': (database, of) => createLogReader(database).read(tenantOf(of), of.buildId, null, 64),
  'log, later page': (database, of) => createLogReader(database).read(tenantOf(of), of.buildId, '1.0', 64),
  queue: (database, of) => createQueueStore(database).read(tenantOf(of)),
  'images, first page': (database, of) =>
    createImageStore(database).list(tenantOf(of), { projectId: null, limit: 50, cursor: null }),
  'images, later page': (database, of) =>
    createImageStore(database).list(tenantOf(of), {
      projectId: null,
      limit: 50,
      cursor: encodeCursor({ created_at: of.createdAt, id: of.imageId }),
    }),
  'an image': (database, of) => createImageStore(database).get(tenantOf(of), of.imageId),
  'images of a project': (database, of) =>
    createImageStore(database).list(tenantOf(of), { projectId: of.projectId, limit: 50, cursor: null }),
  'packages by name': (database, of) =>
    createInspectionStore(database).findPackages(
      tenantOf(of),
      { name: 'lib30', isPrefix: false, versions: [] },
      { limit: 50, cursor: null },
    ),
  'packages by a common name, later page': (database, of) =>
    createInspectionStore(database).findPackages(
      tenantOf(of),
      { name: 'lib7', isPrefix: false, versions: [] },
      {
        limit: 50,
        cursor: encodePackageCursor({
          ...{
            key: 'lib7',
            listedAt: of.createdAt,
            manifestDigest: of.digest,
            position: 7,
            imageId: of.imageId,
          },
        }),
      },
    ),
  'packages by the beginning of a name': (database, of) =>
    createInspectionStore(database).findPackages(
      tenantOf(of),
      { name: 'lib30', isPrefix: true, versions: [] },
      { limit: 50, cursor: null },
    ),
  'trends of a tenant': (database, of) => createStatsStore(database).days(tenantOf(of), lastDays(null)),
  'trends of a project': (database, of) =>
    createStatsStore(database).days(tenantOf(of), lastDays(of.projectId)),
  'slow steps': (database, of) =>
    createStatsStore(database).slowSteps(tenantOf(of), lastDays(of.projectId), 50),
  'use of the cache': (database, of) => createStatsStore(database).cacheUse(tenantOf(of), lastDays(null)),
  'success by branch': (database, of) =>
    createStatsStore(database).outcomes(tenantOf(of), lastDays(null), 'branch', 50),
};

/** The same of the controller. */
export const readingsOfController: Readonly<Record<string, Reading>> = {
  'heads of queues': (database) => transact(database, (tx) => readHeads(tx)),
  'the pool': (database) => transact(database, (tx) => readPool(tx, DAY_MS)),
  'what has expired': (database) => createDispatcher(database).expire(),
  'open builds': (database) => createAudit(database).openBuilds(0, null, 100),
  'builds that were not cleaned up': (database) =>
    createAudit(database).uncleanBuilds({ olderThanMs: 0, giveUpMs: DAY_MS }, null, 100),
  'the load': (database) => createServiceLoadReader(database).read(),
  'artifacts that expire': (database) => createArtifactRows(database).expire(100),
  'publications to look at': (database) => createLeftPublications(database).due(100),
  'the record for a trace': (database, { buildId }) => createOwedTraces(database).recordOf(buildId),
  'a day to count': async (database, { tenantId }) => {
    await database
      .insertInto('uncounted_days')
      .values({ tenant_id: tenantId, date: new Date(Date.now() - DAY_MS).toISOString().slice(0, 10) })
      .execute();
    return createRollUp(database).countNextDay();
  },
};
