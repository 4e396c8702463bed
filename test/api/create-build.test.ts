import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../../src/contracts/problem.js';
import { KilnError } from '../../src/domain/errors.js';
import { aContext, sendRaw, upload } from './support/a-context.js';
import { fakeSecrets } from './support/fake-secrets.js';
import { BUILD_ID, NOBODY_ID, PROJECT_ID, TENANT, UPLOAD_ID } from './support/records.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

const BUILDS = '/v1/projects/hello/builds';
const inline = { source: { kind: 'inline' }, options: { dockerfile_inline: 'FROM scratch' } };
const uploaded = { source: { kind: 'upload', upload_id: UPLOAD_ID } };

let api: ApiUnderTest;
let started: unknown[];
let checked: { text: string; target: string | null }[];
let problems: { line: number; column: number; message: string }[];
let startFault: Error | null;
let isSecretGone: boolean;
let sourceFault: Error | null;

beforeEach(async () => {
  [started, checked, problems, startFault, isSecretGone, sourceFault] = [[], [], [], null, false, null];
  api = await startApi({
    workflows: {
      start: (build) => {
        started.push(build);
        return startFault ? Promise.reject(startFault) : Promise.resolve();
      },
      signalCancel: () => Promise.reject(new KilnError('unavailable')),
      signalDecision: () => Promise.resolve(),
    },
    secrets: {
      ...fakeSecrets([]),
      missing: (_tenant, _project, names) => Promise.resolve(isSecretGone ? [...names] : []),
    },
    checkDockerfile: (text, { target }) => {
      checked.push({ text, target });
      return problems;
    },
    checkDockerfileSources: () => {
      if (sourceFault !== null) throw sourceFault;
    },
  });
  await upload(
    api,
    aContext({ Dockerfile: 'FROM scratch\n', 'services/web/docker/Dockerfile.prod': 'FROM a\n' }),
  );
});
afterEach(() => api.close());

function create(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return api.send(BUILDS, { method: 'POST', body, headers });
}

async function refusal(response: Response): Promise<Problem> {
  expect(api.data.accepted).toEqual([]);
  expect(started).toEqual([]);
  return Problem.parse(await response.json());
}

it('refuses a secret for all projects that the build file alone names, before the build waits for a slot', async () => {
  const secrets = [{ id: 'npm-token', name: 'npm-token' }];
  const file = { name: 'kiln.yaml', content: { version: 1, secrets: ['npm-token'] } };

  const problem = await refusal(await create({ ...inline, build_file: file }));
  const accepted = await create({ ...inline, options: { ...inline.options, secrets }, build_file: file });

  expect(problem).toMatchObject({ code: 'secret_not_allowed', detail: expect.stringContaining('npm-token') });
  expect(accepted.status).toBe(202);
});

it('names a remedy for such a secret that the method takes: paketo has bindings', async () => {
  const bindings = [{ name: 'npm', type: 'npmrc', secrets: { '.npmrc': 'npm-token' } }];
  const content = { version: 1, method: 'paketo', builder: 'r.example/builder:1', bindings };
  const file = { name: 'kiln.yaml', content };
  const git = { kind: 'git', url: 'https://git.example.com/app.git', ref: 'main' };
  const problem = await refusal(await create({ source: git, options: {}, build_file: file }));
  expect(problem).toMatchObject({
    code: 'secret_not_allowed',
    fix: expect.stringMatching(/kiln secrets set NAME --project hello.*not for paketo, whose bindings/),
  });
});

it('refuses a Dockerfile that reads from a closed network before the build waits for a slot', async () => {
  sourceFault = new KilnError('host_not_allowed', { message: 'line 2, column 5' });

  const problem = await refusal(await create(inline));

  expect(problem).toMatchObject({ status: 403, code: 'host_not_allowed', detail: 'line 2, column 5' });
});

it('names what is wrong with the request before it says that the project is missing', async () => {
  problems = [{ line: 2, column: 1, message: 'no such instruction' }];
  const missing = '/v1/projects/nobody/builds';
  const wrong = await refusal(await api.send(missing, { method: 'POST', body: inline }));
  expect(wrong.code).toBe('dockerfile_invalid');

  problems = [];
  isSecretGone = true;
  for (const [code, body] of [
    [
      'secret_missing',
      { ...inline, options: { ...inline.options, secrets: [{ id: 'x', name: 'nowhere' }] } },
    ],
    ['trust_required', { ...inline, method: 'kaniko' }],
    [
      'destination_not_allowed',
      {
        ...inline,
        build_file: { name: 'kiln.yaml', content: { version: 1, destinations: ['r.example/x:1'] } },
      },
    ],
  ] as const)
    expect((await refusal(await api.send(missing, { method: 'POST', body }))).code).toBe(code);

  const right = await refusal(await api.send(missing, { method: 'POST', body: inline }));
  expect(right.code).toBe('not_found');
});

describe('a good request', () => {
  it('is stored with its defaults, answered with the place of the build, and started', async () => {
    const response = await create(uploaded);
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/v1/builds/${BUILD_ID}`);
    expect(api.data.accepted).toEqual([
      expect.objectContaining({
        projectId: PROJECT_ID,
        method: 'buildx',
        source: { kind: 'upload', upload_id: UPLOAD_ID },
        destinations: [],
        priority: 0,
        buildTimeoutMs: 3_600_000,
        git: { commit: null, branch: null, author: null, message: null },
        idempotency: null,
      }),
    ]);
    expect(started).toEqual([
      expect.objectContaining({ buildId: BUILD_ID, tenantId: TENANT.tenantId, method: 'buildx' }),
    ]);
  });

  it('reads the Dockerfile where the options say and checks it for the wanted stage', async () => {
    await create({
      ...uploaded,
      options: { build_context: 'services/web', dockerfile: 'docker/Dockerfile.prod', target_stage: 'final' },
    });
    expect(checked).toEqual([{ text: 'FROM a\n', target: 'final' }]);
  });

  it('is accepted while Temporal is down: the relay starts it', async () => {
    startFault = new KilnError('unavailable');
    expect((await create(inline)).status).toBe(202);
    expect(api.events.map(({ name }) => name)).toContain('buildStartDeferred');
  });
});

describe('an Idempotency-Key', () => {
  const key = { 'idempotency-key': 'k-1' };

  it('gives the same build for the same request, however its keys are ordered, and starts it once', async () => {
    await create({ ...inline, priority: 3, git: { branch: 'main', commit: 'abc' } }, key);
    const again = await create({ git: { commit: 'abc', branch: 'main' }, priority: 3, ...inline }, key);
    expect(again.status).toBe(202);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(api.data.accepted).toHaveLength(1);
    expect(started).toHaveLength(1);
  });

  it('is refused for another request', async () => {
    await create(inline, key);
    const response = await create({ ...inline, priority: 4 }, key);
    expect(await response.json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });

  it('gives the first answer again although its upload has expired', async () => {
    const first = await create(uploaded, key);
    api.data.uploads.clear();
    const again = await create(uploaded, key);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    expect(await again.json()).toEqual(await first.json());
    expect([api.data.accepted.length, started.length]).toEqual([1, 1]);
  });

  it('gives the first answer again although its contents, its secrets or the judgement of its Dockerfile have changed', async () => {
    const body = { ...uploaded, options: { secrets: [{ id: 'npm', name: 'npm-token' }] } };
    expect((await create(body, key)).status).toBe(202);
    isSecretGone = true;
    api.data.contents.clear();
    problems = [{ line: 1, column: 1, message: 'refused by a newer Kiln' }];
    expect((await create(body, key)).headers.get('idempotency-replayed')).toBe('true');
  });

  it('is refused for another request, whatever else is wrong with that one', async () => {
    await create(inline, key);
    const response = await create({ source: { kind: 'upload', upload_id: NOBODY_ID } }, key);
    expect(await response.json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' });
  });
});

describe('before anything is queued', () => {
  it("an upload that is not the tenant's is refused by its field", async () => {
    const response = await create({ source: { kind: 'upload', upload_id: NOBODY_ID } });
    const { code, fields } = await refusal(response);
    expect([code, fields[0]?.field]).toEqual(['invalid_request', 'source.upload_id']);
  });

  it('a missing Dockerfile is named', async () => {
    const options = { dockerfile: 'Dockerfile.dev' };
    const { code, detail } = await refusal(await create({ ...uploaded, options }));
    expect(code).toBe('dockerfile_missing');
    expect(detail).toMatch(/no Dockerfile\.dev .*services\/web\/docker\/Dockerfile\.prod/);
  });

  it('an upload whose contents are not all here is told', async () => {
    const context = aContext({ Dockerfile: 'FROM scratch\n', more: 'x' });
    await sendRaw(api, 'PUT', `/v1/uploads/sha256/${context.sha256}`, context.list);
    expect(await refusal(await create(uploaded))).toMatchObject({
      code: 'conflict',
      detail: expect.stringContaining(`missing: GET /v1/uploads/sha256/${context.sha256}`) as unknown,
    });
  });

  it.each([
    ['dockerfile', uploaded],
    ['dockerfile_inline', inline],
  ])('an error in %s is told with line and column', async (field, body) => {
    problems = [{ line: 3, column: 1, message: 'unknown instruction "RUNN" (did you mean RUN?)' }];
    const { code, fields } = await refusal(await create(body));
    expect(code).toBe('dockerfile_invalid');
    expect(fields).toEqual([
      { field, message: 'line 3, column 1: unknown instruction "RUNN" (did you mean RUN?)' },
    ]);
  });

  it.each(['../Dockerfile', '/etc/passwd', 'a/../../b'])(
    'a Dockerfile path %s out of the context is refused',
    async (path) => {
      const { code, fields } = await refusal(await create({ ...uploaded, options: { dockerfile: path } }));
      expect(code).toBe('path_escapes_context');
      expect(fields[0]).toMatchObject({
        field: 'options.dockerfile',
        message: expect.stringContaining('leads out') as unknown,
      });
    },
  );

  it('an inline source without a Dockerfile is refused', async () => {
    const { fields } = await refusal(await create({ source: { kind: 'inline' } }));
    expect(fields[0]?.field).toBe('options.dockerfile_inline');
  });
});

describe('cancelling', () => {
  it('is acknowledged once it is stored, even when the signal does not get through', async () => {
    const response = await api.send(`/v1/builds/${BUILD_ID}/cancel`, { method: 'POST' });
    expect(response.status).toBe(202);
    expect(((await response.json()) as { cancel_requested_at: string }).cancel_requested_at).not.toBeNull();
    expect(api.events.map(({ name }) => name)).toContain('cancelSignalDeferred');
  });
});

it('refuses a method that no build host offers, whoever named it, and says what to do', async () => {
  api.data.absentMethods.add('container');
  const named = await create({ ...inline, method: 'container' });
  expect(named.status).toBe(422);
  expect(await refusal(named)).toMatchObject({
    code: 'method_not_offered',
    detail: expect.stringContaining('kiln doctor'),
  });
  const content = { version: 1, method: 'container' };
  const inFile = await create({ ...inline, build_file: { name: 'kiln.yaml', content } });
  expect(await refusal(inFile)).toMatchObject({ code: 'method_not_offered' });
  api.data.absentMethods.clear();
  expect((await create({ ...inline, method: 'container' })).status).toBe(202);
  expect(api.data.accepted).toMatchObject([{ method: 'container', options: { cache_enabled: true } }]);
});
