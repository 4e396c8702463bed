import { sql } from 'kysely';
import { createOtlpReceiver } from '../../src/adapters/traces/otlp-receiver.js';
import { cryptography } from '../../src/adapters/signing/cryptography.js';
import type { Loop } from '../../src/controller/loop.js';
import { startTraceSender, startWithoutTraces } from '../../src/controller/trace-sender.js';
import { MOST_TRIES } from '../../src/domain/traces/retry-pauses.js';
import type { TraceReceiver } from '../../src/ports/traces.js';
import type { ChangeFeed } from '../../src/ports/stores.js';
import { createRecorder } from '../../src/storage/builds/recorder.js';
import { openChangeFeed } from '../../src/storage/change-feed.js';
import { createOwedTraces } from '../../src/storage/traces/owed-traces.js';
import { aFailure, aRunningBuild, finish } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { anOtlpReceiver } from '../support/otlp-receiver.js';

let db: FreshDatabase;
let feed: ChangeFeed;
const loops: Loop[] = [];
const servers: { close(): Promise<void> }[] = [];
const outcomes: string[] = [];
const log = { error: (fields: unknown, text: string) => console.error(text, fields) };
beforeAll(async () => {
  db = await freshDatabase();
  // Nothing is rung but by PostgreSQL.
  feed = openChangeFeed({ url: db.urls.controller, fallbackMs: 600_000 });
});
afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.stop();
  for (const server of servers.splice(0)) await server.close();
  outcomes.length = 0;
  await createOwedTraces(db.controller).want(false);
});
afterAll(async () => {
  await feed.close();
  await db.close();
});

async function aReceiver(...given: Parameters<typeof anOtlpReceiver>) {
  const server = await anOtlpReceiver(...given);
  servers.push(server);
  return server;
}
function startSender(receiver: TraceReceiver, claimMs?: number): Loop {
  const loop = startTraceSender({
    traces: createOwedTraces(db.controller, claimMs),
    ...{ receiver, feed, log },
    sha256: (text) => cryptography.sha256(Buffer.from(text)),
    pauseFactor: 0.001,
    seen: (outcome) => outcomes.push(outcome),
  });
  loops.push(loop);
  return loop;
}
const at = (url: string, timeoutMs = 10_000) =>
  createOtlpReceiver({ url: `${url}/v1/traces`, version: '0.0.0', timeoutMs });
const want = () => createOwedTraces(db.controller).want(true);
async function anEndedBuild(): Promise<string> {
  const running = await aRunningBuild(db);
  await finish(db, running.holder, aFailure());
  await createRecorder(db.controller).record(running.build.id, running.lease, { kind: 'run_failed' });
  return running.build.id;
}
/** Times are stored in milliseconds: one that is now may be ahead of the clock by half of one. */
const makeDue = () => sql`UPDATE owed_traces SET next_try_at = now() - interval '1 ms'`.execute(db.admin);
const owed = async () => (await db.controller.selectFrom('owed_traces').selectAll().execute()).length;

test('a build that ends is sent at once and owed no more', async () => {
  const server = await aReceiver();
  await want();
  startSender(at(server.url));
  const id = await anEndedBuild();
  await expect.poll(() => outcomes).toEqual(['sent']);
  await expect.poll(owed).toBe(0);
  const [root] = server.spans().filter(({ name }) => name === 'BUILD buildx');
  expect(root?.attributes).toMatchObject({
    'cicd.pipeline.run.id': id,
    'cicd.pipeline.result': 'failure',
    'error.type': 'build_step_failed',
  });
  expect(root?.statusCode).toBe(2);
});

test('without somebody who receives traces none are owed, and those that were are forgotten', async () => {
  await want();
  await anEndedBuild();
  expect(await owed()).toBe(1);
  const forgotten: number[] = [];
  loops.push(
    startWithoutTraces({
      traces: createOwedTraces(db.controller),
      forgotten: (count) => forgotten.push(count),
      log,
    }),
  );
  await expect.poll(() => forgotten).toEqual([1]);
  await anEndedBuild();
  expect(await owed()).toBe(0);
});

test('a receiver that refuses is asked a few times under the same ids, then the trace is dropped', async () => {
  const server = await aReceiver((response) => response.writeHead(400).end('no'));
  await want();
  startSender(at(server.url));
  await anEndedBuild();
  await expect.poll(() => outcomes.at(-1), { timeout: 20_000 }).toBe('dropped');
  expect(outcomes).toEqual([...Array.from({ length: MOST_TRIES - 1 }, () => 'postponed'), 'dropped']);
  expect(await owed()).toBe(0);
  const [first, ...again] = server.received;
  expect(again).toHaveLength(MOST_TRIES - 1);
  for (const { spans } of again) expect(spans).toEqual(first?.spans);
});

test('a receiver that is down costs its traces alone', async () => {
  const server = await aReceiver();
  await server.close();
  servers.pop();
  await want();
  startSender(at(server.url, 300));
  await anEndedBuild();
  await expect.poll(() => outcomes.at(-1), { timeout: 30_000 }).toBe('dropped');
  expect(await owed()).toBe(0);
}, 40_000);

test('what a killed controller had in hand is sent by the next one when its claim is over', async () => {
  const server = await aReceiver();
  await want();
  await anEndedBuild();
  await makeDue();
  expect(await createOwedTraces(db.controller, 500).take(4)).toHaveLength(1);
  startSender(at(server.url));
  await expect.poll(() => outcomes).toEqual(['sent']);
});

test('what came of a try counts only as long as nobody else has taken it', async () => {
  await want();
  await anEndedBuild();
  const traces = createOwedTraces(db.controller);
  await makeDue();
  const [late] = await traces.take(1);
  await makeDue();
  const [now] = await traces.take(1);
  await traces.settle(late!);
  expect(await owed()).toBe(1);
  await traces.settle(now!);
  expect(await owed()).toBe(0);
});

test('one that is stopped leaves to the next what was on its way', async () => {
  await want();
  const held = startSender({ send: () => new Promise(() => undefined) });
  await anEndedBuild();
  await expect
    .poll(async () => (await db.controller.selectFrom('owed_traces').select('tries').execute())[0]?.tries)
    .toBe(1);
  await held.stop();
  const server = await aReceiver();
  startSender(at(server.url));
  await expect.poll(() => outcomes).toEqual(['postponed', 'sent']);
});

test('a trace of yesterday is dropped', async () => {
  const server = await aReceiver();
  await want();
  await anEndedBuild();
  await sql`UPDATE owed_traces SET created_at = clock_timestamp() - interval '25 hours'`.execute(db.admin);
  startSender(at(server.url));
  await expect.poll(() => outcomes).toEqual(['dropped']);
  expect(server.received).toEqual([]);
});
