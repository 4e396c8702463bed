import { startFakeApi, eventStream, json, problem, type FakeApi } from './support/fake-api.js';
import { aBuild, aChunk, aFailure, aSuccess } from '../support/api-records.js';
import { runKiln } from './support/run-kiln.js';

const ID = '0198f4a2-1111-7000-8000-000000000001';
let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

/** A log of three chunks whose connection breaks after the first and, half an event long, after the second. */
function breakingLog(): void {
  let connection = 0;
  api.on(`GET /v1/builds/${ID}/log/events`, (_request, response) => {
    connection += 1;
    const send = eventStream(response);
    if (connection === 1) {
      send('log', aChunk(0, 'one\ntwo\n'), '1.0');
      setTimeout(() => response.destroy(), 20);
    } else if (connection === 2) {
      send('log', aChunk(1, 'three\n'), '1.1');
      response.write(`id: 1.2\nevent: log\ndata: {"half`);
      setTimeout(() => response.destroy(), 20);
    } else {
      send('log', aChunk(2, 'four\u001b]52;c;AAAA\u0007\n'), '1.2');
      send('end', { status: 'success' });
      response.end();
    }
  });
}

describe('kiln logs -f', () => {
  it('goes on after every break with the last id, each line once, until the end', async () => {
    api.on(`GET /v1/builds/${ID}`, (_request, response) => json(response, 200, aSuccess({ id: ID })));
    breakingLog();
    const ran = await runKiln(['logs', '-f', ID], { apiUrl: api.url });
    expect(ran.stdout).toBe('one\ntwo\nthree\nfour\n');
    expect(ran.exitCode).toBe(0);
    const resumed = api
      .requests(`GET /v1/builds/${ID}/log/events`)
      .map((request) => request.headers['last-event-id']);
    expect(resumed).toEqual([undefined, '1.0', '1.1']);
  });

  it('prints one JSON object a chunk with --json', async () => {
    api.on(`GET /v1/builds/${ID}`, (_request, response) => json(response, 200, aSuccess({ id: ID })));
    breakingLog();
    const ran = await runKiln(['logs', '-f', '--json', ID], { apiUrl: api.url });
    const chunks = ran.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { chunk: number });
    expect(chunks.map(({ chunk }) => chunk)).toEqual([0, 1, 2]);
  });

  it.each([
    ['success', aSuccess({ id: ID }), 0],
    ['failure', aFailure({ id: ID }), 1],
    ['timeout', aFailure({ id: ID, result: { status: 'timeout' } }), 4],
    ['cancel', aBuild({ id: ID, status: 'cancelled' }), 3],
  ])('exits with the outcome: %s', async (_what, build, exitCode) => {
    api.on(`GET /v1/builds/${ID}`, (_request, response) => json(response, 200, build));
    api.on(`GET /v1/builds/${ID}/log/events`, (_request, response) => {
      eventStream(response)('end', { status: build.status });
      response.end();
    });
    expect((await runKiln(['logs', '-f', ID], { apiUrl: api.url })).exitCode).toBe(exitCode);
  });

  it('that is refused in the middle ends with the refusal', async () => {
    api.on(`GET /v1/builds/${ID}`, (_request, response) => json(response, 200, aBuild({ id: ID })));
    api.on(`GET /v1/builds/${ID}/log/events`, (request, response) => {
      if (request.headers['last-event-id'] !== undefined) return problem(response, 'not_found');
      eventStream(response)('log', aChunk(0, 'one\n'), '1.0');
      response.end();
    });
    const ran = await runKiln(['logs', '-f', ID], { apiUrl: api.url });
    expect(ran.exitCode).toBe(2);
    expect(ran.stdout).toBe('one\n');
  });
});

describe('kiln logs', () => {
  it('prints the log as it stands, free of escape sequences, and says when it is not whole', async () => {
    api.on(`GET /v1/builds/${ID}`, (_request, response) => json(response, 200, aBuild({ id: ID })));
    api.on(`GET /v1/builds/${ID}/log`, (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'kiln-log-complete': 'false' });
      response.write('a\u001b]8;;http://x/\u0007');
      setTimeout(() => response.end('link\u001b]8;;\u0007 \u001b[32mgreen\nlast'), 20);
    });
    const ran = await runKiln(['logs', ID], { apiUrl: api.url });
    expect(ran.stdout).toBe('alink \u001b[32mgreen\u001b[0m\nlast\n');
    expect(ran.stderr).toContain('The log is not whole yet');
    expect(ran.exitCode).toBe(0);
  });

  it('names the step of each line on a terminal', async () => {
    const done = aSuccess({ id: ID, log_complete: true });
    api.on(`GET /v1/builds/${ID}`, (_request, response) => json(response, 200, done));
    api.on(`GET /v1/builds/${ID}/log/events`, (_request, response) => {
      const send = eventStream(response);
      send('log', aChunk(0, 'fetching\n', { step_number: null }), '1.0');
      send('log', aChunk(1, '#3 RUN make\ncompiling\n'), '1.1');
      send('end', { status: 'success' });
      response.end();
    });
    const ran = await runKiln(['logs', ID], { apiUrl: api.url, terminal: true });
    expect(ran.stdout).toBe('fetching\n#3 RUN make\n#3 compiling\n');
    expect(ran.exitCode).toBe(0);
  });

  it('finds project#number by one question, which names both', async () => {
    api.on('GET /v1/builds', (request, response) => {
      const items = request.query.get('number') === '1' ? [aSuccess({ build_number: 1 })] : [];
      json(response, 200, { items, next_cursor: null });
    });
    const missing = await runKiln(['logs', 'hello#9'], { apiUrl: api.url });
    expect(missing.stderr).toContain('Project hello has no build #9.');
    await runKiln(['logs', 'hello#1'], { apiUrl: api.url });
    const asked = api.requests('GET /v1/builds').map(({ query }) => Object.fromEntries(query));
    expect(asked).toEqual([
      { project: 'hello', number: '9', limit: '1' },
      { project: 'hello', number: '1', limit: '1' },
    ]);
  });
});
