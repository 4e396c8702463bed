import fc from 'fast-check';
import { sql } from 'kysely';
import { WORKER_STATES } from '../../../src/domain/dispatch/worker.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { aWorker, controlPlaneIsUp } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const WINDOW_S = 30 * 86_400;
const START_MS = Date.UTC(2026, 0, 1);
let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

const intervalsOf = (workerId: string) =>
  db.controller
    .selectFrom('worker_intervals')
    .selectAll()
    .where('worker_id', '=', workerId)
    .orderBy('began_at')
    .execute();

test('the uptime of the last thirty days is what counting the hours one by one gives, rounded down', async () => {
  const { workerId } = await aWorker(db);
  const history = fc.array(
    fc.record({ state: fc.constantFrom(...WORKER_STATES), hours: fc.integer({ min: 1, max: 300 }) }),
    { minLength: 1, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(history, async (parts) => {
      await db.controller.deleteFrom('worker_intervals').where('worker_id', '=', workerId).execute();
      let atMs = START_MS;
      const hours: string[] = [];
      for (const [index, { state, hours: count }] of parts.entries()) {
        const isLast = index === parts.length - 1;
        const began = new Date(atMs);
        atMs += count * 3_600_000;
        hours.push(...Array<string>(count).fill(state));
        const row = { worker_id: workerId, state, began_at: began, ended_at: isLast ? null : new Date(atMs) };
        await db.controller.insertInto('worker_intervals').values(row).execute();
      }
      const counted = hours.slice(-WINDOW_S / 3600);
      const up = counted.filter((state) => state === 'up').length;
      const { rows } = await sql<{ percent: string }>`
        SELECT worker_uptime_percent(${workerId}, ${new Date(atMs)})::text AS percent`.execute(db.controller);
      expect(Number(rows[0]?.percent)).toBe(Math.floor((10_000 * up) / counted.length) / 100);
    }),
    { numRuns: 40 },
  );
});

test('intervals follow each other without a gap, and only a change begins one', async () => {
  const { workerId } = await aWorker(db, { slots: 1 });
  const beat = (builder_trouble: string | null) =>
    createLeaseGate(db.api).heartbeat(workerId, {
      ...{ slots: 1, methods: ['buildx'], zone: null, labels: {}, disk: null },
      builder_trouble,
    });
  await beat(null);
  await beat('refused');
  await beat('refused');
  await sql`UPDATE build_workers SET last_heartbeat = now() - interval '1 minute' WHERE id = ${workerId}`.execute(
    db.controller,
  );
  await controlPlaneIsUp(db);
  await createDispatcher(db.controller).expire();
  await beat(null);

  const intervals = await intervalsOf(workerId);
  expect(intervals.map(({ state, reasons }) => [state, reasons])).toEqual([
    ['up', []],
    ['degraded', ['has a builder that does not answer: refused']],
    ['offline', ['was not heard of any more']],
    ['up', []],
  ]);
  for (const [index, { ended_at: endedAt }] of intervals.entries())
    expect(endedAt).toEqual(intervals[index + 1]?.began_at ?? null);
});
