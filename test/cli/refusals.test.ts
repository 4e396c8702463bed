import { startFakeApi, TOKEN, type FakeApi, json, problem } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';
import { aBuild } from '../support/api-records.js';

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

describe('a command that cannot go on', () => {
  it('without any Kiln says how to connect', async () => {
    const ran = await runKiln(['builds']);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('✗ No Kiln is known here.');
    expect(ran.stderr).toContain('npm start');
  });

  it('without a token says where one comes from', async () => {
    const ran = await runKiln(['builds', '--api-url', api.url]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(`There is no API token for ${api.url}.`);
    expect(ran.stderr).toContain('KILN_TOKEN');
    expect(api.seen).toHaveLength(0);
  });

  it('with a wrong token shows what Kiln answers', async () => {
    const ran = await runKiln(['builds'], { env: { KILN_API_URL: api.url, KILN_TOKEN: 'wrong' } });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('No valid API token came with the request.');
    expect(ran.stderr).toContain('→ Correct the token: KILN_TOKEN');
    expect(ran.stderr).not.toContain('Bearer');
    expect(ran.stderr).not.toContain('wrong');
  });

  it('where nothing listens says how to start Kiln', async () => {
    await api.close();
    const ran = await runKiln(['builds'], { apiUrl: api.url });
    expect(ran.exitCode).toBe(5);
    expect(ran.stderr).toContain(`✗ Kiln does not answer at ${api.url} (ECONNREFUSED).`);
    expect(ran.stderr).toContain('npm start');
    api = await startFakeApi();
  });

  it('at a server that is not Kiln says so', async () => {
    api.on(
      'GET /v1/builds',
      (_request, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>no'),
    );
    const ran = await runKiln(['builds'], { apiUrl: api.url });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('answered 404 without an explanation');
  });

  it('names the wrong fields and what to do', async () => {
    api.on('GET /v1/builds', (_request, response) =>
      problem(response, 'invalid_request', {
        detail: 'The query is not valid.',
        fields: [{ field: 'cursor', message: 'is broken' }],
      }),
    );
    const ran = await runKiln(['builds', '--cursor', 'x'], { apiUrl: api.url });
    expect(ran.stderr).toBe(
      [
        '✗ The query is not valid.',
        '  cursor: is broken',
        '  → Correct what is named and send it again.',
        '',
      ].join('\n'),
    );
  });

  it('shows the request id of a fault of Kiln, and exits as unreachable', async () => {
    api.on('GET /v1/builds', (_request, response) => problem(response, 'internal'));
    const ran = await runKiln(['builds'], { apiUrl: api.url });
    expect(ran.exitCode).toBe(5);
    expect(ran.stderr).toMatch(/request [0-9a-f-]{36}/);
  });

  it('prints the error as one JSON line on stdout with --json', async () => {
    const ran = await runKiln(['show', aBuild().id, '--json'], { apiUrl: api.url });
    expect(ran.exitCode).toBe(2);
    expect(JSON.parse(ran.stdout)).toEqual({
      error: {
        code: 'not_found',
        message: 'There is no such thing.',
        fix: expect.stringContaining('lists, such as `kiln builds`'),
        fields: [],
        exit_code: 2,
        request_id: null,
      },
    });
  });

  it.each([
    [['bogus'], "unknown command 'bogus'"],
    [['builds', '--status', 'done'], 'Allowed choices are queued'],
    [['builds', '--limit', '0'], 'whole number from 1 to 100'],
    [['up', '--slots', 'many'], 'whole number from 1 to 1000'],
    [['up', '--port', '70000'], 'whole number from 1 to 65535'],
    [['builds', '--frob'], "unknown option '--frob'"],
    [['show'], "missing required argument 'build'"],
    [['show', 'hello'], '"hello" does not name a build.'],
    [['show', 'hello#0x1'], 'does not name a build.'],
    [['build', '--timeout', 'soon'], 'Give seconds'],
    [['build', '--priority', '101'], 'whole number from -100 to 100'],
    [['build', '--priority', '-101'], 'whole number from -100 to 100'],
    [['build', '--priority', '--5'], 'whole number from -100 to 100'],
    [['builds', '--limit', '-1'], 'whole number from 1 to 100'],
  ])('%j is wrong use: exit code 2', async (argv, text) => {
    const ran = await runKiln(argv, { apiUrl: api.url });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(text);
    expect(ran.stdout).toBe('');
  });

  it.each(['ftp://x', 'nonsense', 'http://user:pass@host'])('%s is no address', async (url) => {
    const ran = await runKiln(['builds', '--api-url', url], { env: { KILN_TOKEN: TOKEN } });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('is not an address of Kiln');
  });

  it('explains its exit codes in --help', async () => {
    const ran = await runKiln(['--help']);
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).toContain('  3    the build was cancelled');
    expect((await runKiln(['build', '--help'])).stdout).toContain(
      '  4    the build ran or waited longer than allowed',
    );
  });

  it('tries a read again while Kiln restarts', async () => {
    let calls = 0;
    api.on('GET /v1/builds', (_request, response) => {
      calls += 1;
      if (calls === 1) json(response, 200, { items: [], next_cursor: null });
      else if (calls < 4) response.destroy();
      else problem(response, 'not_found');
    });
    const ran = await runKiln(['show', 'hello#1'], { apiUrl: api.url });
    expect(ran.stderr).toContain('Project hello has no build #1.');
    calls = 1;
    const again = await runKiln(['builds'], { apiUrl: api.url });
    expect(calls).toBe(4);
    expect(again.exitCode).toBe(2);
  });
});
