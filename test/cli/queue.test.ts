import { getQueue, type Queue } from '../../src/contracts/queue.js';
import { startText, waitText } from '../../src/cli/progress/queue-place.js';
import { NO_BUILD, withBuild, withPlace } from '../../src/cli/progress/build-state.js';
import { changeLines } from '../../src/cli/progress/plain-view.js';
import { queueLines } from '../../src/cli/views/queue-list.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import { aBuild, after, aQueued, CREATED_MS } from '../support/api-records.js';
import { json, startFakeApi, type FakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

const NOW_MS = CREATED_MS + 30_000;
const style = createStyle(false);
const other = aQueued({
  ...{
    position: 2,
    project: 'web',
    build_number: 3,
    reason: 'no build host for kaniko is online',
    limit: null,
  },
  ...{ held_by: [], expected_start_at: null, earliest_start_at: null, latest_start_at: null },
});
const queue: Queue = { waiting: 3, running: 1, slots: 4, free_slots: 3, items: [aQueued(), other] };

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

test('a queue is a table of position, build, wait, start and reason', () => {
  expect(queueLines(queue, { columns: 200, nowMs: NOW_MS, style })).toEqual([
    '3 builds waiting, 1 running; 3 of 4 slots free',
    '#  BUILD     WAITED  STARTS                           WAITING FOR',
    "1  hello#12  30s     in about 1m 00s (30s to 3m 00s)  the tenant's limit max_concurrent_builds (1) is reached: hello#11 runs",
    '2  web#3     30s     -                                no build host for kaniko is online',
    '… 1 more',
  ]);
});

test('of a part of a queue no builds of other projects are counted as more', () => {
  const canvas = { columns: 200, nowMs: NOW_MS, style };
  const text = (limit: number) => queueLines(queue, canvas, { isFiltered: true, limit }).join('\n');
  expect(text(50)).not.toContain('more');
  expect(text(2)).toContain('… and perhaps more: --limit');
});

test('where there is little room what a build waits for stands below it', () => {
  const lines = queueLines({ ...queue, waiting: 2 }, { columns: 60, nowMs: NOW_MS, style });
  expect(lines).toHaveLength(6);
  expect(lines[3]).toMatch(/^ {2}the tenant's limit/);
});

test('a start is told with its band, and one that is due is near', () => {
  expect(startText(aQueued(), NOW_MS)).toBe('in about 1m 00s (30s to 3m 00s)');
  const due = aQueued({
    expected_start_at: after(10),
    earliest_start_at: after(5),
    latest_start_at: after(30),
  });
  expect(startText(due, NOW_MS)).toBe('any moment');
  expect(startText(other, NOW_MS)).toBeNull();
  expect(waitText(other, NOW_MS)).toBe('no build host for kaniko is online');
});

test('who follows a build is told why it waits and how long about, once for each reason', () => {
  const build = aBuild({ status: 'queued' });
  const queued = withBuild(NO_BUILD, build);
  const placed = withPlace(queued, aQueued());
  const later = withPlace(placed, aQueued({ expected_start_at: after(100) }));
  expect(changeLines(queued, placed, NOW_MS)).toEqual([
    "hello#12 waits: the tenant's limit max_concurrent_builds (1) is reached: hello#11 runs; starts in about 1m 00s (30s to 3m 00s)",
  ]);
  expect(changeLines(placed, later, NOW_MS)).toEqual([]);
  expect(withBuild(later, aBuild({ status: 'in_progress' })).place).toBeNull();
});

test('`queue` asks for the part that is wanted', async () => {
  api.on('GET /v1/queue', (_request, response) => json(response, 200, queue));
  const { stdout, exitCode } = await runKiln(['queue', '-p', 'hello', '-m', 'buildx', '--json'], {
    apiUrl: api.url,
  });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual(queue);
  expect(api.requests('GET /v1/queue')[0]?.query.toString()).toBe('limit=50&project=hello&method=buildx');
});

test('a queue of a method that does not exist is refused with the names of those that do', () => {
  const { error } = getQueue.query!.safeParse({ method: 'nope' });
  expect(error?.issues[0]?.message).toMatch(/^There is no such build method; there are .*buildx/);
});

test('`queue --watch` shows each change, and ends when the person leaves', async () => {
  api.on('GET /v1/queue/events', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`event: queue\ndata: ${JSON.stringify(queue)}\n\n`);
    response.write(`event: queue\ndata: ${JSON.stringify({ ...queue, waiting: 2 })}\n\n`);
  });
  const { stdout, exitCode } = await runKiln(['queue', '--watch', '--json'], {
    apiUrl: api.url,
    onStdout: (text, interrupt) => text.includes('"waiting":2') && interrupt(),
  });
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as Queue).waiting)).toEqual([3, 2]);
  expect(exitCode).toBe(130);
});

test('kiln show app#number says why a build waits, as kiln show of its id does', async () => {
  const reason = 'waiting for a free slot of a host with gpu=true';
  const listed = aBuild({ status: 'queued', queue_reason: null });
  api.on('GET /v1/builds', (_request, response) =>
    json(response, 200, { items: [listed], next_cursor: null }),
  );
  api.on(`GET /v1/builds/${listed.id}`, (_request, response) =>
    json(response, 200, { ...listed, queue_reason: reason }),
  );
  api.on(`GET /v1/builds/${listed.id}/*`, (_request, response) =>
    json(response, 200, { report: null, items: [] }),
  );
  api.on('GET /v1/queue', (_request, response) => json(response, 200, queue));
  const { stdout } = await runKiln(['show', 'hello#12'], { apiUrl: api.url });
  expect(stdout).toMatch(new RegExp(`waits +${reason}`));
});
