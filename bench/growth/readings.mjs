import { DAYS, TENANT } from './facts.mjs';

const SAMPLE = 200;
const SHOWN = [
  'chain',
  'steps',
  'cache-misses',
  'attempts',
  'history',
  'metrics',
  'publications',
  'layers',
  'base-images',
  'warnings',
  'artifacts',
  'tests',
];

/**
 * What people ask for, by name: for a round the requests that are sent at once, of builds that are drawn anew for each. `query` reads from the database that
 * they are sent to.
 */
export async function readingsOf({ query }) {
  const builds = await query(
    `SELECT b.id, b.branch, b.git_commit, b.image_id, b.created_at, p.slug, b.build_number FROM builds b JOIN projects p ON p.id = b.project_id
     WHERE b.tenant_id = (SELECT id FROM tenants WHERE slug = 'tenant-${TENANT}') AND b.status = 'success' ORDER BY md5(b.id::text) LIMIT ${SAMPLE}`,
  );
  const rare = builds.filter(({ branch }) => branch.startsWith('feature/'));
  const logs = await query(
    `SELECT build_id AS id, log_chunks AS chunks FROM attempts
     WHERE tenant_id = (SELECT id FROM tenants WHERE slug = 'tenant-${TENANT}') AND log_chunks > 0 ORDER BY md5(build_id::text) LIMIT ${SAMPLE}`,
  );
  const one = (at) => (round) => [{ tenant: TENANT, at: at(round) }];
  const list = (parameters) => one((round) => `/v1/builds?${new URLSearchParams(parameters(round))}`);
  const any = (from, round) => from[round % from.length];
  const day = (back) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  return {
    'builds, first page': list(() => ({})),
    'builds, deep page': list((round) => ({ cursor: cursorOf(any(builds, round)) })),
    'builds of a project': list((round) => ({ project: any(builds, round).slug })),
    'builds by branch main': list(() => ({ branch: 'main' })),
    'builds by a rare branch': list((round) => ({ branch: any(rare, round).branch })),
    'builds of a project by a rare branch': list((round) => ({
      project: any(rare, round).slug,
      branch: any(rare, round).branch,
    })),
    'builds by status failed': list(() => ({ status: 'failed' })),
    'builds of a project by status failed': list((round) => ({
      project: any(builds, round).slug,
      status: 'failed',
    })),
    'builds by status in_progress': list(() => ({ status: 'in_progress' })),
    'builds by method packer': list(() => ({ method: 'packer' })),
    'builds by commit': list((round) => ({ commit: any(builds, round).git_commit.slice(0, 12) })),
    'builds by gate held': list(() => ({ gate: 'held' })),
    'builds by gate rejected': list(() => ({ gate: 'rejected' })),
    'one build by number': list((round) => ({
      project: any(builds, round).slug,
      number: String(any(builds, round).build_number),
    })),
    'kiln show': (round) => {
      const { id } = any(builds, round);
      return ['', ...SHOWN.map((part) => `/${part}`)].map((part) => ({
        tenant: TENANT,
        at: `/v1/builds/${id}${part}`,
      }));
    },
    queue: one(() => '/v1/queue'),
    workers: one(() => '/v1/workers'),
    'images, first page': one(() => '/v1/images'),
    'an image': one((round) => `/v1/images/${any(builds, round).image_id}`),
    'images of a project': one((round) => `/v1/images?project=${any(builds, round).slug}`),
    'packages by name': one((round) => `/v1/packages?package=lib${25 + (round % 2000)}`),
    'packages by a common name': one(() => '/v1/packages?package=lib7'),
    'packages by prefix': one((round) => `/v1/packages?package=lib${1 + (round % 2)}*`),
    // Of a few matches in the small one, a page of them in the large one.
    'packages by a rare prefix': one((round) => `/v1/packages?package=lib${100 + (round % 300)}*`),
    'trends by day': one(() => `/v1/stats/trends?by=day`),
    'trends by month': one(() => `/v1/stats/trends?by=month&from=${day(DAYS - 1)}&until=${day(0)}`),
    'trends of a project': one((round) => `/v1/stats/trends?by=day&project=${any(builds, round).slug}`),
    'slowest steps': one(() => '/v1/stats/steps'),
    'cache use': one(() => '/v1/stats/cache'),
    'success by branch': one(() => '/v1/stats/success?by=branch'),
    'success by worker': one(() => '/v1/stats/success?by=worker'),
    'flaky tests': one((round) => `/v1/projects/${any(builds, round).slug}/flaky-tests`),
    'log, whole': one((round) => `/v1/builds/${any(logs, round).id}/log`),
    'log, last page': one(
      (round) => `/v1/builds/${any(logs, round).id}/log/events?after=1.${any(logs, round).chunks - 2}`,
    ),
  };
}

function cursorOf({ created_at: createdAt, id }) {
  return Buffer.from(`${createdAt.toISOString()} ${id}`).toString('base64url');
}
