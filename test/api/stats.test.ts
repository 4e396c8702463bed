import { type ApiUnderTest, startApi } from './support/running-api.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

test('a week is made of what its days add up to, and a day without builds is shown as one', async () => {
  const weeks = await api.send('/v1/stats/trends?by=week&from=2026-05-05&until=2026-05-05');
  expect(await weeks.json()).toMatchObject({
    ...{ from: '2026-05-04', until: '2026-05-10', by: 'week', time_zone: 'UTC' },
    items: [
      {
        ...{ total_builds: 3, successful: 2, failed: 1, average_duration_seconds: 30 },
        ...{ median_queue_wait_seconds: 4, failure_rate_percent: 33.33, max_concurrent_at_peak: 2 },
        most_common_failure: 'build_step_failed',
      },
    ],
  });
  const days = await api.send('/v1/stats/trends?from=2026-05-03&until=2026-05-05');
  const { items } = (await days.json()) as { items: { total_builds: number }[] };
  expect(items.map((item) => item.total_builds)).toEqual([0, 1, 2]);
});

test('CSV is that of RFC 4180, and a cell that a spreadsheet would compute is a text', async () => {
  const steps = await api.send('/v1/stats/steps?format=csv');
  expect(steps.headers.get('content-type')).toMatch(/^text\/csv/);
  expect(await steps.text()).toBe(
    'project,step_name,count,p50_milliseconds,p95_milliseconds\r\nhello,"\'=1+1, ""RUN""",2,1,2\r\n',
  );
  const outcomes = await api.send('/v1/stats/success?format=csv');
  expect(await outcomes.text()).toBe(
    'name,total_builds,successful,failed,cancelled,success_rate_percent\r\n,3,2,1,0,66.67\r\n',
  );
  const days = await api.send('/v1/stats/trends?format=csv&from=2026-05-04&until=2026-05-04');
  expect((await days.text()).split('\r\n')[0]).toMatch(/^from,until,total_builds,.*,max_concurrent_at_peak$/);
});

test('a range that is too long or backwards, and a zone that there is not, are refused with what is right', async () => {
  const refused = async (path: string, body?: unknown): Promise<unknown> => {
    const answer = await api.send(path, body === undefined ? {} : { method: 'PATCH', body });
    expect(answer.status).toBe(422);
    return answer.json();
  };
  expect(await refused('/v1/stats/trends?from=2020-01-01&until=2026-01-01')).toMatchObject({
    fields: [{ field: 'from', message: expect.stringContaining('at most 400 days') }],
  });
  expect(await refused('/v1/stats/cache?from=2026-05-04&until=2026-05-03')).toMatchObject({
    fields: [{ field: 'until', message: 'comes before from (2026-05-04)' }],
  });
  expect(await refused('/v1/tenant', { time_zone: 'Mars/Olympus' })).toMatchObject({
    fields: [{ field: 'time_zone', message: expect.stringContaining('Europe/Berlin') }],
  });
});
