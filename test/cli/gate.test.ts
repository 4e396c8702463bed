import { eventStream, json, problem, type FakeApi } from './support/fake-api.js';
import { aFolderAndKiln, endsAs, ID } from './support/fake-build.js';
import { aBuild, aSuccess, CREATED_AT, after, type BuildFields } from '../support/api-records.js';
import { runKiln } from './support/run-kiln.js';

let api: FakeApi;
let home: string;
let end: () => Promise<void>;
beforeEach(async () => {
  ({ api, home, end } = await aFolderAndKiln());
});
afterEach(() => end());

const GATE = {
  status: 'held',
  manifest_digest: `sha256:${'ab'.repeat(32)}`,
  findings: ['the image runs as root: it sets no user'],
  requested_at: CREATED_AT,
  expires_at: after(86_400),
  decided_at: null,
  decided_by: null,
  why: null,
} as const;
const APPROVED = {
  ...GATE,
  status: 'approved',
  decided_at: after(60),
  decided_by: 'someone (token lead)',
  why: 'seen',
} as const;
const aHeldBuild = (fields: BuildFields = {}) =>
  aBuild({
    id: ID,
    status: 'queued',
    queue_reason: 'waits for approval since 2026-05-04 10:00 UTC',
    gate: { ...GATE, findings: [...GATE.findings] },
    ...fields,
  });
const approved = { ...APPROVED, findings: [...GATE.findings] };

/** A build that is held until the given promise resolves, and then succeeds. */
function isHeldUntil(decided: Promise<void>): void {
  const success = aSuccess({ id: ID, gate: approved });
  endsAs(api, success);
  api.on(`GET /v1/builds/${ID}/events`, async (_request, response) => {
    const send = eventStream(response);
    send('build', aBuild({ id: ID }));
    send('build', aHeldBuild());
    await decided;
    send('build', aBuild({ id: ID, status: 'queued', gate: approved }));
    send('build', success);
    send('end', { status: 'success' });
    response.end();
  });
}

describe('kiln build of a project with a gate', () => {
  it('shows the hold with the commands, who approved it, and ends when the build ends', async () => {
    let decide = (): void => undefined;
    isHeldUntil(new Promise((resolve) => (decide = resolve)));
    const ran = await runKiln(['build', 'My App'], {
      apiUrl: api.url,
      cwd: home,
      onStderr: (text) => text.includes('kiln reject') && decide(),
    });
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain(
      [
        'hello#12 held: waits for approval since 2026-05-04 10:00 UTC',
        '  found: the image runs as root: it sets no user',
        '  kiln approve hello#12',
        '  kiln reject hello#12 --why TEXT',
      ].join('\n'),
    );
    // The log is a stream of its own, whose lines may come in between.
    expect(ran.stderr).toContain(
      ['hello#12 approved by someone (token lead): seen', 'hello#12 success'].join('\n'),
    );
  });

  it('leaves a held build as it is at the first Ctrl-C', async () => {
    isHeldUntil(new Promise(() => undefined));
    const ran = await runKiln(['build', 'My App'], {
      apiUrl: api.url,
      cwd: home,
      onStderr: (text, interrupt) => text.includes('kiln reject') && setImmediate(interrupt),
    });
    expect(ran.exitCode).toBe(130);
    expect(ran.stderr).toContain('Left hello#12 as it is');
    expect(api.requests(`POST /v1/builds/${ID}/cancel`)).toEqual([]);
  });
});

describe('kiln approve and kiln reject', () => {
  beforeEach(() => {
    api.on(`GET /v1/builds/${ID}`, (_request, response) => json(response, 200, aHeldBuild()));
  });

  it('tell whose decision it is', async () => {
    api.on(`POST /v1/builds/${ID}/approve`, (_request, response) =>
      json(response, 200, aHeldBuild({ gate: approved })),
    );
    const ran = await runKiln(['approve', ID, '--why', 'seen'], { apiUrl: api.url });
    expect(ran).toEqual({
      exitCode: 0,
      stdout: 'hello#12 is approved by someone (token lead): seen\n',
      stderr: '',
    });
    expect(JSON.parse(api.requests(`POST /v1/builds/${ID}/approve`)[0]!.body)).toEqual({ why: 'seen' });
  });

  it('say that the reason of a second decision is not kept', async () => {
    api.on(`POST /v1/builds/${ID}/approve`, (_request, response) =>
      json(response, 200, aHeldBuild({ gate: approved })),
    );
    const again = await runKiln(['approve', ID, '--why', 'another'], { apiUrl: api.url });
    expect(again).toMatchObject({
      stdout: 'hello#12 is approved by someone (token lead): seen\n',
      stderr: 'It was decided before: the first decision stays, and the reason given now is not kept.\n',
    });
  });

  it('tell who was faster', async () => {
    api.on(`POST /v1/builds/${ID}/reject`, (_request, response) => problem(response, 'conflict'));
    const ran = await runKiln(['reject', ID, '--why', 'no'], { apiUrl: api.url });
    expect(ran.exitCode).toBe(2);
    expect(JSON.parse(api.requests(`POST /v1/builds/${ID}/reject`)[0]!.body)).toEqual({ why: 'no' });
  });

  it('want a reason for a rejection', async () => {
    expect((await runKiln(['reject', ID], { apiUrl: api.url })).exitCode).toBe(2);
    expect((await runKiln(['reject', ID, '--why', ' '], { apiUrl: api.url })).exitCode).toBe(2);
    expect(api.seen).toEqual([]);
  });
});

describe('kiln builds and kiln show', () => {
  it('list held builds with what they wait for', async () => {
    api.on('GET /v1/builds', (_request, response) =>
      json(response, 200, { items: [aHeldBuild()], next_cursor: null }),
    );
    const ran = await runKiln(['builds', '--held'], { apiUrl: api.url });
    expect(api.seen[0]?.query.get('gate')).toBe('held');
    expect(ran.stdout).toMatch(/hello#12 +held .*held until 2026-05-05 10:00 UTC; the image runs as root/);
  });

  it('say at a held build who may approve it, and once what was found', async () => {
    const reason = 'waits for approval since 10:00; any token but token ci, which started it, may approve it';
    const held = aHeldBuild({ queue_reason: reason });
    api.on(`GET /v1/builds/${ID}`, (_request, response) => json(response, 200, held));
    api.on(`GET /v1/builds/${ID}/*`, (_request, response) =>
      json(response, 200, { report: null, items: [] }),
    );
    const { stdout } = await runKiln(['show', ID], { apiUrl: api.url });
    expect(stdout.split(reason)).toHaveLength(2);
    expect(stdout.split('the image runs as root')).toHaveLength(2);
    expect(stdout).toContain('kiln approve hello#12');
  });
});

describe('kiln projects set', () => {
  const set = async (...options: string[]) => {
    const project = {
      slug: 'app',
      image_repository: 'r.example/app',
      destinations: [],
      gate: {
        kind: 'inspection',
        expiry_seconds: 7200,
        by_other: true,
        max_compressed_bytes: 50_000_000,
        max_growth_percent: 20,
        refuse_root: true,
        fail_on_severity: 'critical',
        hold_on_severity: 'medium',
      },
    };
    api.on('PATCH /v1/projects/app', (_request, response) => json(response, 200, project));
    const ran = await runKiln(['projects', 'set', 'app', ...options], { apiUrl: api.url });
    const [request] = api.requests('PATCH /v1/projects/app');
    return { ...ran, body: request === undefined ? null : JSON.parse(request.body) };
  };

  it('says of an inspection without a rule which options make one', async () => {
    api.on('PATCH /v1/projects/app', (_request, response) =>
      json(response, 422, {
        ...{ title: 'The request is not valid.', code: 'invalid_request', fix: 'Correct it.' },
        fields: [{ field: 'gate.kind', message: 'an inspection without a rule holds nothing' }],
      }),
    );
    const ran = await runKiln(['projects', 'set', 'app', '--gate', 'inspection'], { apiUrl: api.url });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('--gate: an inspection without a rule holds nothing');
    expect(ran.stderr).toContain(
      '--gate-max-size, --gate-max-growth, --gate-refuse-root, --gate-fail-on or --gate-hold-on',
    );
  });

  it('speaks of times as they are typed', async () => {
    const ran = await set('--gate-expiry', '60d');
    expect(ran).toMatchObject({ exitCode: 2, body: null });
    expect(ran.stderr).toContain('60d is too long: give 1m to 30d.');
    expect((await set('--older-than', '5s')).stderr).toContain('5s is too short: give 1m to 3650d. Or none.');
  });

  it('names the option when the last rule of a retention would go', async () => {
    api.on('PATCH /v1/projects/app', (_request, response) =>
      json(response, 422, {
        ...{ title: 'The request is not valid.', code: 'invalid_request', fix: 'Correct it.' },
        fields: [{ field: 'retention', message: 'say how many stay, or for how long' }],
      }),
    );
    const ran = await runKiln(['projects', 'set', 'app', '--keep-newest', 'none'], { apiUrl: api.url });
    expect(ran.stderr).toContain('--keep-newest: say how many stay, or for how long');
    expect(ran.stderr).toContain('--keep-newest COUNT or --older-than TIME');
  });

  it('sends the whole gate that was named, and shows it in words', async () => {
    const ran = await set(
      ...['--gate', 'inspection', '--gate-expiry', '2h', '--gate-by-other', '--gate-max-size', '50MB'],
      ...['--gate-max-growth', '20%', '--gate-refuse-root'],
      ...['--gate-fail-on', 'critical', '--gate-hold-on', 'medium'],
    );
    expect(ran.body).toEqual({
      gate: {
        kind: 'inspection',
        expiry_seconds: 7200,
        by_other: true,
        max_compressed_bytes: 50_000_000,
        max_growth_percent: 20,
        refuse_root: true,
        fail_on_severity: 'critical',
        hold_on_severity: 'medium',
      },
    });
    expect(ran.stdout).toContain(
      'images in which something is found are held (more than 50.0 MB, grown by more than 20 %, run by root, with a vulnerability that is medium or worse) until any token but the one that started the build approves them, for 2h at most',
    );
  });

  it('changes one part of a gate and leaves the rest', async () => {
    expect((await set('--gate-max-growth', 'none', '--no-gate-by-other')).body).toEqual({
      gate: { max_growth_percent: null, by_other: false },
    });
  });

  it('takes the gate away', async () => {
    expect((await set('--gate', 'off')).body).toEqual({ gate: null });
  });

  it('refuses rules for no gate, and a time that is too short', async () => {
    expect(await set('--gate', 'off', '--gate-refuse-root')).toMatchObject({ exitCode: 2, body: null });
    const short = await set('--gate-expiry', '5s');
    expect(short).toMatchObject({ exitCode: 2, body: null });
    expect(short.stderr).toContain('5s is too short: give 1m to 30d.');
  });
});
