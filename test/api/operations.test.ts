import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../src/contracts/index.js';
import { BASE_IMAGE_EXAMPLES } from './support/fake-base-images.js';
import { lostOutcome } from './support/lost-outcome.js';
import type { Example } from './support/example.js';
import { Problem } from '../../src/contracts/problem.js';
import { FENCE } from './support/fake-leases.js';
import { NOTIFICATION_EXAMPLES } from './support/notification-examples.js';
import { PROVENANCE_EXAMPLES } from './support/provenance-examples.js';
import { IMAGE_EXAMPLES } from './support/image-examples.js';
import { QUEUE_EXAMPLES } from './support/queue-examples.js';
import { REGISTRY_EXAMPLES } from './support/registry-examples.js';
import { SCHEDULE_EXAMPLES } from './support/schedule-examples.js';
import { UPLOAD_EXAMPLES } from './support/upload-examples.js';
import { BUILD_ID, LEASE_ID, NOBODY_ID } from './support/records.js';
import { type ApiUnderTest, type SendOptions, startApi } from './support/running-api.js';
import { A_HEARTBEAT, A_HOST_ID } from '../support/host-offer.js';
import { STATS_EXAMPLES } from './support/stats-examples.js';
import { WEBHOOK_EXAMPLES } from './support/webhook-examples.js';
import { WORKER_EXAMPLES } from './support/worker-examples.js';

const build = (rest: string): Example => ({
  path: `/v1/builds/${BUILD_ID}${rest}`,
  ok: 200,
  missing: `/v1/builds/${NOBODY_ID}${rest}`,
});
const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const inline = { source: { kind: 'inline' }, options: { dockerfile_inline: 'FROM scratch' } };
const lease = (rest: string, ok: number, body: object, method = 'POST'): Example => ({
  path: `/internal/v1/leases/${LEASE_ID}/${rest}`,
  ok,
  method,
  body: { fence: FENCE, ...body },
  bad: { body: { fence: 'seven' } },
});
const seal = { chunks: 0, lines: 0, bytes: 0, sha256: emptySha256, note: null };
const A_REPORT = {
  ...{ repository: 'r.test/app', manifestDigest: 'sha256:1', status: 'copying', tryNumber: 1 },
  ...{ totalBlobs: 3, mountedBlobs: 0, existingBlobs: 0, uploadedBlobs: 1 },
  ...{ totalBytes: 300, sparedBytes: 0, sentBytes: 100, waitingReason: null },
};

const EXAMPLES: Record<string, Example> = {
  createProject: {
    method: 'POST',
    path: '/v1/projects',
    ok: 201,
    body: { slug: 'new' },
    bad: { body: { slug: 'Not OK' } },
  },
  listProjects: { path: '/v1/projects', ok: 200, bad: { path: '/v1/projects?limit=101' } },
  updateProject: {
    method: 'PATCH',
    path: '/v1/projects/hello',
    ok: 200,
    body: { destinations: ['registry.example.com/team/hello'] },
    bad: { body: { destinations: ['no-host'] } },
    missing: '/v1/projects/nothing',
  },
  getProject: { path: '/v1/projects/hello', ok: 200, missing: '/v1/projects/nothing' },
  ...UPLOAD_EXAMPLES,
  ...NOTIFICATION_EXAMPLES,
  createBuild: {
    method: 'POST',
    path: '/v1/projects/hello/builds',
    ok: 202,
    body: inline,
    missing: '/v1/projects/nothing/builds',
    bad: { body: { ...inline, priority: 'high' } },
  },
  listBuilds: {
    path: '/v1/builds?limit=5',
    ok: 200,
    missing: '/v1/builds?project=nothing',
    bad: { path: '/v1/builds?statsu=x' },
  },
  getBuild: build(''),
  cancelBuild: { ...build('/cancel'), method: 'POST', ok: 202 },
  approveBuild: { ...build('/approve'), method: 'POST', body: {}, bad: { body: { why: '' } } },
  rejectBuild: { ...build('/reject'), method: 'POST', body: { why: 'no' }, bad: { body: {} } },
  followBuild: build('/events'),
  ...QUEUE_EXAMPLES,
  ...STATS_EXAMPLES,
  getBuildConfig: build('/config'),
  listSteps: build('/steps'),
  listWarnings: build('/warnings'),
  listArtifacts: build('/artifacts'),
  getArtifact: { path: `/v1/builds/${BUILD_ID}/artifacts/app.txt`, ok: 404 },
  listTests: build('/tests'),
  listFlakyTests: { path: '/v1/projects/hello/flaky-tests', ok: 200 },
  listPublications: build('/publications'),
  listLayers: build('/layers'),
  listCacheMisses: build('/cache-misses'),
  listBaseImages: build('/base-images'),
  getMetrics: build('/metrics'),
  listStatusHistory: build('/history'),
  listAttempts: build('/attempts'),
  ...IMAGE_EXAMPLES,
  ...PROVENANCE_EXAMPLES,
  getLog: build('/log'),
  retryBuild: {
    ...build('/retry'),
    method: 'POST',
    body: {},
    ok: 202,
    bad: { body: { resume_from: 'lunch' } },
  },
  listChain: build('/chain'),
  followLog: { ...build('/log/events'), bad: { path: `/v1/builds/${BUILD_ID}/log/events?after=first` } },
  ...BASE_IMAGE_EXAMPLES,
  ...REGISTRY_EXAMPLES,
  putSecret: {
    method: 'PUT',
    path: '/v1/secrets/npm-token?project=hello',
    ok: 200,
    body: { value: 'hunter2-and-more' },
    missing: '/v1/secrets/npm-token?project=nothing',
    bad: { body: { value: 'short' } },
  },
  listSecrets: {
    path: '/v1/secrets?project=hello',
    ok: 200,
    missing: '/v1/secrets?project=nothing',
    bad: { path: '/v1/secrets?limit=101' },
  },
  deleteSecret: {
    method: 'DELETE',
    path: '/v1/secrets/npm-token?project=hello',
    ok: 204,
    missing: '/v1/secrets/other?project=nothing',
    bad: { path: '/v1/secrets/npm-token?projct=hello' },
  },
  putCredential: {
    method: 'PUT',
    path: '/v1/credentials/registry/localhost:5000?project=hello',
    ok: 200,
    body: { username: 'pusher', value: 'hunter2-and-more' },
    missing: '/v1/credentials/registry/localhost:5000?project=nothing',
    bad: { body: { value: 'hunter2-and-more' } },
  },
  listCredentials: {
    path: '/v1/credentials?project=hello',
    ok: 200,
    missing: '/v1/credentials?project=nothing',
    bad: { path: '/v1/credentials?limit=101' },
  },
  deleteCredential: {
    method: 'DELETE',
    path: '/v1/credentials/git_token/git.example.com?project=hello',
    ok: 204,
    missing: '/v1/credentials/git_token/git.example.com?project=nothing',
    bad: { path: '/v1/credentials/git_token/git.example.com?projct=hello' },
  },
  getLimits: {
    path: '/v1/limits?project=hello',
    ok: 200,
    missing: '/v1/limits?project=nothing',
    bad: { path: '/v1/limits?projct=hello' },
  },
  changeLimits: {
    ...{ method: 'PATCH', path: '/v1/limits', ok: 200, body: { image_max_bytes: null } },
    bad: { body: { step_timeout_seconds: 0 } },
  },
  ...SCHEDULE_EXAMPLES,
  ...WORKER_EXAMPLES,
  ...WEBHOOK_EXAMPLES,
  whoami: { path: '/v1/me', ok: 200 },
  getInstallation: { path: '/v1/installation', ok: 200 },
  getHealth: { path: '/healthz', ok: 200 },
  getReadiness: { path: '/readyz', ok: 200 },
  getMetricsPage: { path: '/metrics', ok: 200 },
  getOpenApi: { path: '/openapi.json', ok: 200 },
  getBuildFileSchema: { path: '/schemas/kiln.json', ok: 200 },
  heartbeatWorker: {
    method: 'POST',
    path: '/internal/v1/worker/heartbeat',
    ok: 200,
    body: A_HEARTBEAT,
    bad: { body: { slots: 0 } },
  },
  acknowledgeLease: {
    ...lease('acknowledge', 200, { host_id: A_HOST_ID }),
    missing: `/internal/v1/leases/${NOBODY_ID}/acknowledge`,
  },
  renewLease: lease('renew', 200, {}),
  appendLog: lease('log', 204, { chunks: [] }),
  putSteps: lease('steps', 204, { steps: [] }, 'PUT'),
  recordConfig: lease('config', 200, { build_file: { version: 1, target: 'a' } }, 'PUT'),
  putPublication: lease('publication', 200, { publication: A_REPORT }, 'PUT'),
  recordSource: lease('source', 204, { git: { commit: 'a'.repeat(40) } }, 'PUT'),
  recordRegistries: lease('registries', 204, { registries: [] }, 'PUT'),
  getContext: { path: `/internal/v1/leases/${LEASE_ID}/context`, ok: 404 },
  putArtifact: {
    method: 'PUT',
    path: `/internal/v1/leases/${LEASE_ID}/artifacts/${emptySha256}?fence=${FENCE}&size_bytes=0`,
    ok: 204,
    raw: new Uint8Array(),
    bad: { path: `/internal/v1/leases/${LEASE_ID}/artifacts/${emptySha256}?fence=${FENCE}` },
  },
  fetchSecrets: lease('secrets', 200, { names: ['npm-token'], git_host: null, registry_hosts: [] }),
  finishRun: lease('finish', 204, { outcome: lostOutcome, log: seal }),
};

const TOKENS = { none: null, token: 'good-token', worker: 'worker-token', lease: 'lease-token' };

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  return Problem.parse(await response.json());
}

describe.each(OPERATIONS)('$id', (operation) => {
  const example = EXAMPLES[operation.id] as Example;
  const token = TOKENS[operation.auth];
  const send = (path: string, change: SendOptions = {}): Promise<Response> => {
    const { method = 'GET', body, raw, headers = {} } = example;
    const bytes = raw === undefined ? {} : { raw };
    return api.send(path, { method, token, headers, ...(body === undefined ? bytes : { body }), ...change });
  };

  it('answers what its contract says', async () => {
    const stop = new AbortController();
    const response = await send(example.path, { signal: stop.signal });
    const spec = operation.responses[response.status];
    if (spec?.schema) spec.schema.parse(await response.json());
    stop.abort();
    expect(response.status).toBe(example.ok);
    expect(response.headers.get('cache-control')).toBe(example.cacheControl ?? 'no-store');
    expect(response.headers.get('x-request-id')).toBeTruthy();
  });

  if (operation.auth !== 'none') {
    it.each([null, 'wrong', 'a b', operation.auth === 'token' ? 'lease-token' : 'good-token'])(
      'refuses the token %s alike for what exists and what does not',
      async (wrong) => {
        const there = await send(example.path, { token: wrong });
        const absent = await send(example.path.replaceAll(/[0-9a-f-]{36}|hello/g, NOBODY_ID), {
          token: wrong,
        });
        const [first, second] = [await problemOf(there), await problemOf(absent)];
        expect([there.status, absent.status]).toEqual([401, 401]);
        expect(there.headers.get('www-authenticate')).toBe('Bearer realm="kiln"');
        expect({ ...first, request_id: '' }).toEqual({ ...second, request_id: '' });
      },
    );
  }

  if (example.missing !== undefined) {
    it('answers 404 for what does not exist, and for what belongs to another tenant', async () => {
      const missing = await problemOf(await send(example.missing as string));
      expect(missing).toMatchObject({ status: 404, code: 'not_found' });
      if (operation.auth !== 'token' || /^\/v1\/(builds|images)\?/.test(example.path)) return;
      const foreign = await problemOf(await send(example.path, { token: 'other-token' }));
      expect({ ...foreign, request_id: '' }).toEqual({ ...missing, request_id: '' });
    });
  }

  const { bad } = example;
  if (bad !== undefined) {
    it('answers 422 and names the field', async () => {
      const problem = await problemOf(
        await send(bad.path ?? example.path, bad.body === undefined ? {} : { body: bad.body }),
      );
      expect(problem).toMatchObject({ status: 422, code: 'invalid_request' });
      expect(problem.fields.length).toBeGreaterThan(0);
    });
  }
});

describe('lease operations', () => {
  it.each(['renew', 'log', 'secrets', 'finish'])(
    'refuse %s with an older fence and count it',
    async (name) => {
      const example = Object.values(EXAMPLES).find(({ path }) =>
        path.endsWith(`${LEASE_ID}/${name}`),
      ) as Example;
      const response = await api.send(example.path, {
        method: 'POST',
        token: 'lease-token',
        body: { ...(example.body as object), fence: FENCE - 1 },
      });
      expect(await problemOf(response)).toMatchObject({ status: 409, code: 'stale_fence' });
      expect(api.events.filter((seen) => seen.name === 'leaseRefused').length).toBeGreaterThan(0);
    },
  );

  it('refuse the token of one lease for another', async () => {
    const response = await api.send(`/internal/v1/leases/${NOBODY_ID}/renew`, {
      method: 'POST',
      token: 'lease-token',
      body: { fence: FENCE },
    });
    expect(response.status).toBe(401);
  });
});
