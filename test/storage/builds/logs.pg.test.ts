import { sql } from 'kysely';
import { createLogReader } from '../../../src/storage/builds/log-reader.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import type { LeaseGate } from '../../../src/ports/dispatch.js';
import type { LogReader, TenantContext } from '../../../src/ports/stores.js';
import { aFailure, anOutcome, aRunningBuild } from '../../support/builds.js';
import { aLog } from '../../support/log.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let gate: LeaseGate;
let reader: LogReader;
beforeAll(async () => {
  db = await freshDatabase();
  gate = createLeaseGate(db.api);
  reader = createLogReader(db.api);
});
afterAll(() => db.close());

async function chunksOf(...asked: Parameters<LogReader['read']>) {
  return (await reader.read(...asked)).chunks;
}

async function isComplete(tenant: TenantContext, buildId: string): Promise<boolean> {
  return (await reader.read(tenant, buildId, null, 1)).isComplete;
}

async function untilSomebodyWaits(): Promise<void> {
  for (;;) {
    const { rows } = await sql`SELECT 1 FROM pg_locks WHERE NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(db.admin);
    if (rows.length > 0) return;
  }
}

test('chunks are stored once, however often and in whatever batches they come', async () => {
  const { tenant, build, holder } = await aRunningBuild(db);
  const { chunks, seal } = aLog('one\n', 'two\nthree\n', 'four\n');

  await Promise.all([
    gate.appendLog(holder, 1, chunks.slice(0, 2)),
    gate.appendLog(holder, 1, chunks.slice(1)),
    gate.appendLog(holder, 1, chunks),
  ]);
  await gate.finish(holder, 1, anOutcome(), seal);

  const read = await chunksOf(tenant, build.id, null, 100);
  expect(read.map((chunk) => chunk.log_content)).toEqual(['one\n', 'two\nthree\n', 'four\n']);
  expect(await chunksOf(tenant, build.id, '1.0', 1)).toMatchObject([{ chunk: 1, first_line: 2 }]);
  const attempt = await db.controller
    .selectFrom('attempts')
    .selectAll()
    .where('build_id', '=', build.id)
    .executeTakeFirstOrThrow();
  expect(attempt).toMatchObject({ log_chunks: 3, log_lines: 4, log_bytes: 19, log_sha256: seal.sha256 });
});

test('a chunk that is there is not overwritten by another content', async () => {
  const { tenant, build, holder } = await aRunningBuild(db);
  await gate.appendLog(holder, 1, aLog('first\n').chunks);
  await gate.appendLog(holder, 1, aLog('other\n').chunks);

  expect(await chunksOf(tenant, build.id, null, 10)).toMatchObject([{ log_content: 'first\n' }]);
});

test('finishing names the chunks that are missing and goes through when they have come', async () => {
  const { holder } = await aRunningBuild(db);
  const { chunks, seal } = aLog('a\n', 'b\n', 'c\n', 'd\n');
  await gate.appendLog(holder, 1, [chunks[0]!, chunks[2]!]);

  const early = gate.finish(holder, 1, anOutcome(), seal);

  await expect(early).rejects.toMatchObject({
    code: 'conflict',
    fields: [{ field: 'log.chunks.1' }, { field: 'log.chunks.3' }],
  });
  await gate.appendLog(holder, 1, chunks);
  await gate.finish(holder, 1, anOutcome(), seal);
});

test('a log whose hash differs is refused', async () => {
  const { holder } = await aRunningBuild(db);
  const { chunks, seal } = aLog('a\n');
  await gate.appendLog(holder, 1, chunks);

  const finish = gate.finish(holder, 1, anOutcome(), { ...seal, sha256: 'f'.repeat(64) });

  await expect(finish).rejects.toMatchObject({ code: 'conflict', fields: [{ field: 'log.sha256' }] });
});

test('chunks beyond the announced number are refused', async () => {
  const { holder } = await aRunningBuild(db);
  const whole = aLog('a\n', 'b\n');
  await gate.appendLog(holder, 1, whole.chunks);

  await expect(gate.finish(holder, 1, anOutcome(), aLog('a\n').seal)).rejects.toMatchObject({
    code: 'conflict',
  });
});

test('bytes that text cannot hold are kept beside what people see', async () => {
  const { tenant, build, holder } = await aRunningBuild(db);
  const bytes = Buffer.from([0x61, 0x00, 0xff, 0x0a]);
  const { chunks, seal } = aLog(bytes, 'plain é\n');
  await gate.appendLog(holder, 1, chunks);
  await gate.finish(holder, 1, anOutcome(), seal);

  expect((await chunksOf(tenant, build.id, null, 10))[0]?.log_content).toBe('a\ufffd\ufffd\n');
  const rows = await db.controller
    .selectFrom('build_logs')
    .select(['raw'])
    .where('build_id', '=', build.id)
    .orderBy('chunk')
    .execute();
  expect(rows.map((row) => row.raw)).toEqual([bytes, null]);
});

test('a reader of a log that is being written stops before a gap', async () => {
  const { tenant, build, holder } = await aRunningBuild(db);
  const { chunks } = aLog('a\n', 'b\n', 'c\n');
  await gate.appendLog(holder, 1, [chunks[0]!, chunks[2]!]);

  expect(await chunksOf(tenant, build.id, null, 10)).toHaveLength(1);
  await gate.appendLog(holder, 1, chunks);
  expect(await chunksOf(tenant, build.id, '1.0', 10)).toHaveLength(2);
});

test('the view has one row per line', async () => {
  const { build, holder } = await aRunningBuild(db);
  await gate.appendLog(holder, 1, aLog('one\n\nthree\n', '\n', 'last without end').chunks);

  const { rows } = await sql`
    SELECT line_number, log_content FROM build_log_lines WHERE build_id = ${build.id} ORDER BY line_number`.execute(
    db.controller,
  );

  expect(rows).toEqual([
    { line_number: 1, log_content: 'one' },
    { line_number: 2, log_content: '' },
    { line_number: 3, log_content: 'three' },
    { line_number: 4, log_content: '' },
    { line_number: 5, log_content: 'last without end' },
  ]);
});

test('the log of a lost worker is sealed with a note after the last line without a gap', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  const { chunks } = aLog('1\n2\n', '3\n', '4\n', '5\n');
  await gate.appendLog(holder, 1, [chunks[0]!, chunks[1]!, chunks[3]!]);

  await createDispatcher(db.controller).loseAttempt(lease);

  const [attempt] = await db.controller
    .selectFrom('attempts')
    .selectAll()
    .where('build_id', '=', build.id)
    .orderBy('attempt')
    .execute();
  expect(attempt).toMatchObject({
    ended_reason: 'worker_lost',
    log_lines: 4,
    log_sha256: null,
    log_note: 'output after line 3 unavailable',
  });
  expect(await chunksOf(tenant, build.id, null, 10)).toHaveLength(3);
});

test('a log is complete when the build is over and every attempt is sealed', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  const { chunks, seal } = aLog('a\n');
  await gate.appendLog(holder, 1, chunks);
  await gate.finish(holder, 1, aFailure(), seal);
  expect(await isComplete(tenant, build.id)).toBe(false);

  await createRecorder(db.controller).record(build.id, lease, { kind: 'run_failed' });

  expect(await isComplete(tenant, build.id)).toBe(true);
});

test('what is stored while a log is read is in it, or the log is not said to be complete', async () => {
  const { tenant, build, lease, holder } = await aRunningBuild(db);
  const { chunks, seal } = aLog('a\n');
  await gate.appendLog(holder, 1, chunks);
  await gate.finish(holder, 1, aFailure(), seal);
  await createRecorder(db.controller).record(build.id, lease, { kind: 'run_failed' });
  await sql`CREATE TABLE late AS SELECT * FROM build_logs WHERE build_id = ${build.id}`.execute(db.admin);
  await sql`DELETE FROM build_logs WHERE build_id = ${build.id}`.execute(db.admin);

  const reading = await db.admin.transaction().execute(async (tx) => {
    await sql`LOCK TABLE attempts IN ACCESS EXCLUSIVE MODE`.execute(tx);
    const started = reader.read(tenant, build.id, null, 10);
    await untilSomebodyWaits();
    await sql`INSERT INTO build_logs SELECT * FROM late`.execute(tx);
    return [started];
  });

  const { chunks: read, isComplete } = (await reading[0])!;
  expect(isComplete).toBe(true);
  expect(read).toHaveLength(1);
});

test('a log cursor that was not given out is refused', async () => {
  const { tenant, build } = await aRunningBuild(db);
  await expect(reader.read(tenant, build.id, 'x', 10)).rejects.toMatchObject({ code: 'invalid_request' });
});

test('a sealed log takes the chunks it has and no new ones', async () => {
  const { tenant, build, holder } = await aRunningBuild(db);
  const { chunks, seal } = aLog('a\n');
  await gate.appendLog(holder, 1, chunks);
  await gate.finish(holder, 1, anOutcome(), seal);

  await gate.appendLog(holder, 1, chunks);
  const late = gate.appendLog(holder, 1, aLog('a\n', 'late\n').chunks);

  await expect(late).rejects.toMatchObject({ code: 'stale_fence' });
  expect(await chunksOf(tenant, build.id, null, 10)).toHaveLength(1);
});

test('chunks that come while a log is sealed are part of it or refused', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { tenant, build, holder } = await aRunningBuild(db);
    const { chunks, seal } = aLog('a\n');
    await gate.appendLog(holder, 1, chunks);

    const [, finished] = await Promise.allSettled([
      gate.appendLog(holder, 1, aLog('a\n', 'late\n').chunks),
      gate.finish(holder, 1, anOutcome(), seal),
    ]);

    const stored = await chunksOf(tenant, build.id, null, 10);
    expect(stored).toHaveLength(finished.status === 'fulfilled' ? 1 : 2);
  }
});
