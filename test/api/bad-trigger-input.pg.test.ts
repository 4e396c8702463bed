import { REPOSITORY_URL, TOKEN, aWebhookWorld } from '../support/webhook-world.js';

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly fix: string;
  readonly fields?: readonly { readonly field: string; readonly message: string }[];
}

let world: Awaited<ReturnType<typeof aWebhookWorld>>;
beforeAll(async () => {
  world = await aWebhookWorld();
  await world.call('/v1/webhooks', { ...WEBHOOK, name: 'one' });
  await world.call(SCHEDULES, { ...SCHEDULE, schedule_name: 'one' });
});
afterAll(() => world.close());

const SCHEDULES = '/v1/projects/app/schedules';
const WEBHOOK = { name: 'other', project: 'app', provider: 'generic', repository_url: REPOSITORY_URL };
const SCHEDULE = {
  ...{ schedule_name: 'other', cron_expression: '30 2 * * *', git_url: REPOSITORY_URL, git_branch: 'main' },
};
const BACKFILL = { from: '2026-05-03T00:00:00Z', to: '2026-05-04T00:00:00Z' };
const HUGE = 'x'.repeat(50_000);

async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: Problem }> {
  const response = await world.api.send(path, {
    ...{ method, token: TOKEN },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Problem };
}

/** Bodies that are taken, each with where it is sent and the fields that may be in it. */
const REQUESTS: readonly [string, string, string, object, readonly string[]][] = [
  ['createWebhook', 'POST', '/v1/webhooks', WEBHOOK, [...Object.keys(WEBHOOK), 'secret']],
  [
    ...(['changeWebhook', 'PATCH', '/v1/webhooks/one', {}] as const),
    [
      ...['name', 'repository_url', 'event_types', 'branch_patterns', 'tag_patterns', 'path_patterns'],
      ...['auto_build_enabled', 'build_method', 'build_config_preset', 'coalesce_seconds', 'is_active'],
    ],
  ],
  ['testWebhook', 'POST', '/v1/webhooks/one/test', {}, ['ref']],
  ['addSchedule', 'POST', SCHEDULES, SCHEDULE, Object.keys(SCHEDULE)],
  [
    ...(['changeSchedule', 'PATCH', `${SCHEDULES}/one`, {}] as const),
    [
      ...['schedule_name', 'cron_expression', 'timezone', 'git_url', 'git_branch', 'build_method'],
      ...['build_config_preset', 'jitter_seconds', 'overlap', 'catchup_window_seconds', 'is_active'],
      'pause_note',
    ],
  ],
  ['backfillSchedule', 'POST', `${SCHEDULES}/one/backfill`, BACKFILL, ['from', 'to']],
];
/** No field takes one of these. */
const NEVER: readonly unknown[] = [HUGE, 1.5, -1, 1e300, [[]], [HUGE], '\u0000', ['\u0000'], { '\u0000': 1 }];
/** Some take one of these. */
const SELDOM: readonly unknown[] = [
  '',
  ' ',
  '\u007f',
  '\ud800',
  7,
  true,
  null,
  [],
  {},
  { options: '\u0000' },
];

describe.each(REQUESTS)('%s', (_id, method, path, body, fields) => {
  test.each(fields)('names %s where it cannot be, and never fails', async (field) => {
    const wrong = [...NEVER, ...SELDOM, { options: { a: '\u0000' } }];
    for (const [index, value] of wrong.entries()) {
      const answer = await ask(method, path, { ...body, [field]: value });

      const about = JSON.stringify([value, answer]).slice(0, 300);
      if (answer.status < 400) {
        expect(index, about).toBeGreaterThanOrEqual(NEVER.length);
        if (method === 'POST' && answer.status === 201) await ask('DELETE', `${path}/other`);
        if (['name', 'schedule_name'].includes(field)) throw new Error(`${about} was taken as a name`);
        continue;
      }
      expect([422, field === 'project' ? 404 : 422], about).toContain(answer.status);
      const [first] = answer.body.fields ?? [];
      expect(first?.field.split('.')[0] ?? answer.body.detail, about).toContain(
        field === 'project' && first === undefined ? 'project' : field,
      );
      expect(first?.message ?? answer.body.detail, about).not.toMatch(/^$|Invalid|Expected|undefined/);
      expect(answer.body.fix, about).not.toBe('');
    }
  });

  test('names a field that there is not', async () => {
    const { status, body: problem } = await ask(method, path, { ...body, nme: 1 });
    expect(status).toBe(422);
    expect(problem.fields).toContainEqual({ field: 'nme', message: 'unknown field' });
  });

  test.each(['[]', '"text"', 'null', '5', '{', ''])('refuses %j for a body', async (text) => {
    const answer = await ask(method, path, text);
    expect([400, 422], JSON.stringify(answer)).toContain(answer.status);
    expect(answer.body.fix).not.toBe('');
  });
});

test.each([
  ['cron_expression', '0 30 2 * * *', /^expected five fields .*found 6 fields; `30 2 \* \* 1-5` is/],
  ['cron_expression', '', /^expected five fields .*found nothing/],
  ['cron_expression', '@dialy', /^there is no "@dialy"; there are @hourly, @daily,/],
  ['cron_expression', '0 0 30 2 *', /^there is no such day; `0 2 1 \* \*` is/],
  ['cron_expression', '61 * * * *', /^minute: expected 0 to 59, .*found "61"$/],
  ['timezone', 'Europe/Berln', /^expected an IANA time zone such as `Europe\/Berlin`/],
  ['timezone', '+02:00', /^expected an IANA time zone/],
  ['git_branch', 'refs/heads/main', /^expected the name of a branch, such as main$/],
  ['git_url', 'file:///etc', /https/],
  ['jitter_seconds', 3601, /^expected at most 3600$/],
  ['catchup_window_seconds', 59, /^expected at least 60$/],
  ['overlap', 'wait', /^expected one of skip, buffer_one, allow_all, cancel_other$/],
  ['build_method', 'make', /^There is no such build method; there are /],
  ['build_config_preset', { destinations: ['r.test/a:${brnch}'] }, /brnch/],
  ['pause_note', 'x'.repeat(501), /^expected at most 500 characters$/],
])('a schedule with %s %j is refused with what to write', async (field, value, message) => {
  const { status, body } = await ask('POST', SCHEDULES, { ...SCHEDULE, [field]: value });
  expect([status, body.code]).toEqual([422, 'invalid_request']);
  expect(body.fields?.[0]?.field).toMatch(new RegExp(`^${field}`));
  expect(body.fields?.[0]?.message).toMatch(message);
});

test.each(['@daily', '@midnight', '@yearly', '0 0 29 2 *', '*/5 * * * MON-FRI'])(
  '%s is a cron expression',
  async (expression) => {
    const schedule = { ...SCHEDULE, cron_expression: expression };
    expect((await ask('POST', SCHEDULES, schedule)).status).toBe(201);
    await ask('DELETE', `${SCHEDULES}/other`);
  },
);

test.each([
  ['POST', '/v1/projects/nothing/schedules', SCHEDULE],
  ['GET', '/v1/projects/nothing/schedules', undefined],
  ['GET', '/v1/projects/%00/schedules', undefined],
  ['GET', `${SCHEDULES}/%00`, undefined],
  ['GET', `${SCHEDULES}/${'x'.repeat(5_000)}`, undefined],
  ['POST', `${SCHEDULES}/%ff/run`, undefined],
  ['POST', '/v1/webhooks', { ...WEBHOOK, project: 'nothing' }],
  ['GET', '/v1/webhooks?project=nothing', undefined],
  ['GET', '/v1/webhooks?project=%00', undefined],
  ['GET', '/v1/webhooks/%00', undefined],
  ['GET', '/v1/webhooks/one/deliveries?cursor=%00', undefined],
  ['GET', '/v1/webhooks/one/deliveries?cursor=abc', undefined],
  ['GET', '/v1/webhooks/one/deliveries?limit=1e9', undefined],
  ['GET', '/v1/webhook-deliveries/%00', undefined],
  ['POST', '/v1/webhook-deliveries/abc/replay', {}],
])('%s %s is refused with what to do', async (method, path, body) => {
  const answer = await ask(method, path, body);
  expect([400, 404, 422], JSON.stringify(answer)).toContain(answer.status);
  expect(answer.body.fix).not.toBe('');
});
