import type { Period, Trends } from '../../src/contracts/stats.js';
import { barCells, blocksFor, sparkline } from '../../src/cli/terminal/charts.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import { displayWidth } from '../../src/cli/terminal/width.js';
import { cacheLines, outcomeLines, slowStepLines } from '../../src/cli/views/stats-tables.js';
import { trendLines } from '../../src/cli/views/trend-chart.js';
import { json, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

const style = createStyle(false);
const blocks = blocksFor({ LANG: 'en_US.UTF-8' });
const at = (columns: number) => ({ columns, style, blocks });

function aDay(date: string, counts: Partial<Period> = {}): Period {
  return {
    ...{ from: date, until: date, total_builds: 0, successful: 0, failed: 0, cancelled: 0 },
    ...{ average_duration_seconds: null, median_queue_wait_seconds: null, failure_rate_percent: null },
    ...{ most_common_failure: null, kaniko_count: 0, buildx_count: 0, container_count: 0 },
    ...{ packer_count: 0, paketo_count: 0, max_concurrent_at_peak: 0, ...counts },
  };
}

const busy = {
  ...{ total_builds: 40, successful: 30, failed: 6, cancelled: 3, average_duration_seconds: 64 },
  ...{ median_queue_wait_seconds: 2, failure_rate_percent: 16.67, max_concurrent_at_peak: 7 },
};
const quiet = {
  ...{ total_builds: 1, successful: 1, average_duration_seconds: 3, median_queue_wait_seconds: 0 },
  ...{ failure_rate_percent: 0, max_concurrent_at_peak: 1 },
};
const trends: Trends = {
  ...{ time_zone: 'Europe/Berlin', from: '2026-05-03', until: '2026-05-05', by: 'day', is_current: true },
  items: [aDay('2026-05-03', quiet), aDay('2026-05-04', busy), aDay('2026-05-05')],
};
const range = { time_zone: 'UTC', from: '2026-05-03', until: '2026-05-05', builds: 3 };
const looked = { ...range, is_whole: true };
const counted = { ...range, is_current: true };

test('each day is a bar whose parts can be told apart without colour', () => {
  expect(trendLines(trends, at(80))).toEqual([
    'builds by day, 2026-05-03 to 2026-05-05, Europe/Berlin',
    '                                            BUILDS  FAILED  DURATION  WAIT  PEAK',
    'May 03  █                                        1     0 %      3.0s    0s     1',
    'May 04  █████████████████████████▓▓▓▓▓░░░·      40    17 %    1m 04s    2s     7',
    'May 05                                           0       -         -     -     0',
    '█ succeeded  ▓ failed  ░ cancelled  · open',
    '',
    '41 builds: 31 succeeded, 6 failed (16 %), 3 cancelled',
    'duration  ▁█   3.0s to 1m 04s',
    'wait      ▁█   0s to 2s',
    'peak      ▂█▁  0 to 7',
  ]);
});

test('the chart begins with the first day that has a build; days without one after it stay', () => {
  const before = [aDay('2026-05-01'), aDay('2026-05-02')];
  const items = [...before, aDay('2026-05-03', quiet), aDay('2026-05-04'), aDay('2026-05-05', quiet)];
  const lines = trendLines({ ...trends, from: '2026-05-01', items }, at(80));
  expect(lines[0]).toBe('builds by day, 2026-05-01 to 2026-05-05, Europe/Berlin');
  expect(lines.filter((line) => line.startsWith('May')).map((line) => line.slice(0, 6))).toEqual([
    ...['May 03', 'May 04', 'May 05'],
  ]);
});

test.each([40, 80, 120])('nothing is wider than %d columns', (columns) => {
  const days = Array.from({ length: 60 }, (_, index) =>
    aDay(`2026-05-${String((index % 31) + 1).padStart(2, '0')}`, { ...busy, total_builds: 39_999 }),
  );
  const lines = [
    ...trendLines({ ...trends, items: days, is_current: false }, at(columns)),
    ...slowStepLines(
      {
        ...looked,
        items: [
          {
            ...{ project: 'hello', step_name: `RUN ${'make '.repeat(60)}`, count: 3 },
            ...{ p50_milliseconds: 61_000, p95_milliseconds: 3_600_000 },
          },
        ],
      },
      at(columns),
    ),
    ...cacheLines(
      {
        ...counted,
        items: [
          {
            ...{ project: 'a-project-with-a-rather-long-name', steps: 60_000, cached_steps: 45_000 },
            ...{ hit_rate_percent: 75, layers: 0, reused_layers: 0, layer_reuse_percent: null },
          },
        ],
      },
      at(columns),
    ),
    ...outcomeLines(
      {
        ...counted,
        is_current: false,
        by: 'branch',
        items: [
          {
            ...{ name: `feature/${'long-'.repeat(30)}`, total_builds: 3, successful: 2, failed: 1 },
            ...{ cancelled: 0, success_rate_percent: 66.67 },
          },
        ],
      },
      at(columns),
    ),
  ];
  for (const line of lines) expect([line, displayWidth(line) <= columns]).toEqual([line, true]);
});

test('a terminal that knows no blocks gets ASCII', () => {
  for (const env of [{ LANG: 'C' }, { LC_ALL: 'de_DE.ISO-8859-1', LANG: 'C.UTF-8' }, { TERM: 'dumb' }])
    expect(trendLines(trends, { columns: 60, style, blocks: blocksFor(env) }).join('\n')).toMatch(
      /^[\n\x20-\x7e]+$/,
    );
  expect(blocksFor({})).toEqual(blocks);
});

test('a part that there is has a cell, and a bar is as long as its share', () => {
  expect(barCells([1000, 1, 0, 0], 1, 20)).toEqual([19, 1, 0, 0]);
  expect(barCells([1, 1, 1, 0], 0.01, 20)).toEqual([1, 1, 1, 0]);
  expect(barCells([3, 1, 0, 0], 0.5, 16)).toEqual([6, 2, 0, 0]);
  expect(barCells([0, 0], 0, 16)).toEqual([0, 0]);
  expect(sparkline([0, null, 5, 10], blocks)).toBe('▁ ▅█');
});

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

test('`stats` asks for what is wanted, and prints CSV as it came', async () => {
  api.on('GET /v1/stats/trends', (request, response) => {
    if (!request.query.has('format')) return json(response, 200, trends);
    response.setHeader('content-type', 'text/csv; charset=utf-8');
    response.end('from,until\r\n');
  });
  const ask = (...options: string[]) => runKiln(['stats', ...options], { apiUrl: api.url });
  const csv = await ask('--by', 'week', '-p', 'hello', '--csv');
  expect([csv.exitCode, csv.stdout]).toEqual([0, 'from,until\r\n']);
  const [request] = api.requests('GET /v1/stats/trends');
  expect(request?.query.toString()).toBe('project=hello&by=week&format=csv');
  expect((await ask()).stdout).toContain('41 builds: 31 succeeded');
  expect(JSON.parse((await ask('--json')).stdout)).toEqual(trends);
});

test('`stats success` has kinds of its own', async () => {
  const answer = { ...counted, by: 'worker', items: [] };
  api.on('GET /v1/stats/success', (_request, response) => json(response, 200, answer));
  const { stdout } = await runKiln(['stats', 'success', '--by', 'worker', '-n', '5'], { apiUrl: api.url });
  expect(stdout).toContain('nothing yet');
  expect(api.requests('GET /v1/stats/success')[0]?.query.toString()).toBe('by=worker&limit=5');
});

test('`stats zone` sets the zone', async () => {
  const tenant = { id: '0199a6f0-6666-7000-8000-000000000001', slug: 'default', name: 'Default' };
  api.on('PATCH /v1/tenant', (_request, response) =>
    json(response, 200, { ...tenant, time_zone: 'Asia/Tokyo' }),
  );
  const { stdout } = await runKiln(['stats', 'zone', 'Asia/Tokyo'], { apiUrl: api.url });
  expect(stdout).toBe('Asia/Tokyo\n');
  expect(api.requests('PATCH /v1/tenant')[0]?.body).toBe('{"time_zone":"Asia/Tokyo"}');
});
