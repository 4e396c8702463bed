import { randomUUID } from 'node:crypto';
import type { FakeApi } from './support/fake-api.js';
import { json, problem } from './support/fake-api.js';
import { aFolderAndKiln, endsAs, ID, success } from './support/fake-build.js';
import { aBuild, aFailure } from '../support/api-records.js';
import { runKiln } from './support/run-kiln.js';

const FIRST = randomUUID();
const failed = aFailure({ id: FIRST, build_number: 5 });
const retried = aBuild({
  id: ID,
  build_number: 6,
  trigger_source: `retry:${FIRST}`,
  result: { is_retry: true, retry_count: 1, original_build_id: FIRST, retry_of_build_id: FIRST },
});

let api: FakeApi;
let end: () => Promise<void>;
beforeEach(async () => {
  ({ api, end } = await aFolderAndKiln());
  api.on(`GET /v1/builds/${FIRST}`, (_request, response) => json(response, 200, failed));
  api.on(`POST /v1/builds/${FIRST}/retry`, (_request, response) => json(response, 202, retried));
});
afterEach(() => end());

const run = (...argv: string[]) => runKiln(argv, { apiUrl: api.url });

describe('kiln retry', () => {
  it('makes a retry under a key of its own, follows it and exits with its outcome', async () => {
    endsAs(api, success);
    const ran = await run('retry', FIRST, '--json');
    expect(ran.exitCode).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ build_id: ID, status: 'success' });
    const [request] = api.requests(`POST /v1/builds/${FIRST}/retry`);
    expect(request?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(request?.body).toBe('{}');
  });

  it('says which retry of the chain it follows', async () => {
    endsAs(api, success);
    const ran = await run('retry', FIRST, '--progress', 'plain');
    expect(ran.stderr).toContain('hello#6 is retry 1 of this chain');
  });

  it('says that it follows a retry which was live already', async () => {
    endsAs(api, success);
    api.on(`POST /v1/builds/${FIRST}/retry`, (_request, response) => json(response, 200, retried));
    const ran = await run('retry', FIRST, '--progress', 'plain');
    expect(ran.stderr).toContain('hello#6 is live already, as retry 1 of this chain; no other one was made');
  });

  it('passes on from where to go on', async () => {
    await run('retry', FIRST, '--from', 'publish', '--detach');
    expect(api.requests(`POST /v1/builds/${FIRST}/retry`)[0]?.body).toBe('{"resume_from":"publish"}');
  });

  it('refuses a phase that nothing can go on from', async () => {
    const ran = await run('retry', FIRST, '--from', 'lunch');
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('source, publish');
  });

  it('shows why a build cannot go on from there', async () => {
    api.on(`POST /v1/builds/${FIRST}/retry`, (_request, response) =>
      problem(response, 'resume_impossible', {
        detail: 'The image of build #5 has been removed from staging.',
      }),
    );
    const ran = await run('retry', FIRST, '--from', 'publish');
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('The image of build #5 has been removed from staging.');
    expect(ran.stderr).toContain('Retry it from its source.');
  });
});

describe('kiln show', () => {
  const show = async (build: typeof retried): Promise<string> => {
    api.on(`GET /v1/builds/${ID}`, (_request, response) => json(response, 200, build));
    api.on(`GET /v1/builds/${ID}/chain`, (_request, response) =>
      json(response, 200, { items: [failed, build] }),
    );
    for (const list of [
      'steps',
      'cache-misses',
      'base-images',
      'attempts',
      'history',
      'publications',
      'layers',
      'warnings',
      'artifacts',
    ])
      api.on(`GET /v1/builds/${ID}/${list}`, (_request, response) => json(response, 200, { items: [] }));
    api.on(`GET /v1/builds/${ID}/tests`, (_request, response) =>
      json(response, 200, { report: null, items: [] }),
    );
    api.on(`GET /v1/builds/${ID}/metrics`, (_request, response) => json(response, 200, {}));
    return (await run('show', ID)).stdout;
  };

  it('names the place of a retry in its chain', async () => {
    const page = await show(retried);
    expect(page).toMatch(/retry\s+1 of build #5/);
    expect(page).toContain('#5 first: failed');
    expect(page).toContain('> #6 retry 1:');
    expect(page).toMatch(/started by\s+hand, retry of #5/);
  });

  it('says how to push a finished image without building again', async () => {
    const unpublished = aFailure({
      id: ID,
      build_number: 6,
      result: { ...retried.result, failure_stage: 'push', resumable_from: 'publish' },
    });
    expect(await show(unpublished)).toContain('kiln retry hello#6 --from publish');
  });
});
