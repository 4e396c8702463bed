import { NOTIFICATION_STATES } from '../../src/domain/notifications/delivery-state.js';
import { TARGET_KINDS } from '../../src/domain/notifications/target-kind.js';
import { sql } from 'kysely';
import {
  BUILD_STATUS,
  BUILD_STATUSES,
  FAILURE_STAGES,
  REQUEUE_REASONS,
  RESULT_STATUSES,
} from '../../src/domain/builds/status.js';
import { STEP_STATUSES } from '../../src/domain/builds/step-status.js';
import { ATTEMPT_ENDS, LEASE_STATE } from '../../src/domain/dispatch/lease.js';
import { GATE_STATUSES } from '../../src/domain/gates/gate-status.js';
import {
  SCHEDULINGS,
  WORKER_STATES,
  WORKER_STATUSES,
  WORKER_TYPES,
} from '../../src/domain/dispatch/worker.js';
import { createRecorder } from '../../src/storage/builds/recorder.js';
import { aBuild, aGrantedBuild, aProject, aTenant } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

/** Values that a CHECK constraint lists. */
async function checkedValues(table: string, column: string): Promise<string[]> {
  const { rows } = await sql<{ definition: string }>`
    SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE conrelid = ${table}::regclass AND contype = 'c' AND conname = ${`${table}_${column}_check`}`.execute(
    db.admin,
  );
  return [...(rows[0]?.definition ?? '').matchAll(/'([^']+)'/g)].map((match) => match[1] ?? '').sort();
}

const checks: [string, string, readonly string[]][] = [
  ['builds', 'status', BUILD_STATUSES],
  ['builds', 'requeue_reason', REQUEUE_REASONS],
  ['build_configs', 'source_kind', ['upload', 'inline', 'git']],
  ['build_triggers', 'trigger_type', ['manual', 'webhook', 'schedule', 'git_event']],
  ['build_results', 'status', RESULT_STATUSES],
  ['build_results', 'failure_stage', FAILURE_STAGES],
  ['build_results', 'cleanup_status', ['pending', 'completed', 'failed']],
  ['build_status_history', 'from_status', BUILD_STATUSES],
  ['build_status_history', 'to_status', BUILD_STATUSES],
  ['build_steps', 'status', STEP_STATUSES],
  ['build_logs', 'log_level', ['DEBUG', 'INFO', 'WARN', 'ERROR']],
  ['build_workers', 'status', WORKER_STATUSES],
  ['build_workers', 'worker_type', WORKER_TYPES],
  ['build_workers', 'scheduling', SCHEDULINGS],
  ['worker_intervals', 'state', WORKER_STATES],
  ['leases', 'state', Object.keys(LEASE_STATE)],
  ['attempts', 'ended_reason', ATTEMPT_ENDS],
  ['build_gates', 'gate_status', GATE_STATUSES],
  ['notification_targets', 'target_kind', TARGET_KINDS],
  ['notification_deliveries', 'delivery_state', NOTIFICATION_STATES],
];

test.each(checks)('%s.%s allows exactly the values of the domain', async (table, column, values) => {
  expect(await checkedValues(table, column)).toEqual([...values].sort());
});

test('the moves that SQL allows are those of the domain', async () => {
  const { rows } = await sql<{ from_status: string; to_status: string }>`
    SELECT * FROM build_status_moves()`.execute(db.admin);
  const pairs = rows.map((row) => `${row.from_status} ${row.to_status}`).sort();
  const expected = BUILD_STATUSES.flatMap((from) =>
    BUILD_STATUS[from].next.map((to) => `${from} ${to}`),
  ).sort();
  expect(pairs).toEqual(expected);
});

test('terminal statuses of SQL are those of the domain', async () => {
  const { rows } = await sql<{ definition: string }>`
    SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE conname = 'builds_completed_when_terminal'`.execute(db.admin);
  const values = [...(rows[0]?.definition ?? '').matchAll(/'([^']+)'/g)].map((match) => match[1]);
  expect(values.sort()).toEqual(BUILD_STATUSES.filter((status) => BUILD_STATUS[status].terminal).sort());
});

async function aCancelledBuild(): Promise<string> {
  const tenant = await aTenant(db);
  const build = await aBuild(db, tenant, (await aProject(db, tenant)).id);
  await createRecorder(db.controller).record(build.id, null, { kind: 'cancelled' });
  return build.id;
}

test.each(BUILD_STATUSES.filter((status) => status !== 'cancelled'))(
  'a terminal build does not become %s, not even by hand',
  async (status) => {
    const id = await aCancelledBuild();
    const update = sql`UPDATE builds SET status = ${status} WHERE id = ${id}`.execute(db.admin);
    await expect(update).rejects.toThrow('cannot move from cancelled');
  },
);

test('the end of a terminal build does not move, not even by hand', async () => {
  const id = await aCancelledBuild();
  for (const value of ['NULL', "completed_at + interval '1 second'"]) {
    const update = sql`UPDATE builds SET completed_at = ${sql.raw(value)} WHERE id = ${id}`.execute(db.admin);
    await expect(update).rejects.toThrow('completed_at never changes');
  }
  const result = sql`UPDATE build_results SET status = 'success' WHERE build_id = ${id}`.execute(db.admin);
  await expect(result).rejects.toThrow('never changes');
});

test('a queued build does not succeed, and a running one is queued again only with a reason', async () => {
  const { build, tenant } = await aGrantedBuild(db);
  const back = sql`UPDATE builds SET status = 'queued' WHERE id = ${build.id}`.execute(db.admin);
  await expect(back).rejects.toThrow('without a reason');
  const other = await aBuild(db, tenant, (await aProject(db, tenant)).id);
  const jump = sql`UPDATE builds SET status = 'success', completed_at = now() WHERE id = ${other.id}`.execute(
    db.admin,
  );
  await expect(jump).rejects.toThrow('cannot move from queued to success');
});

test('a fence never goes down', async () => {
  const { build } = await aGrantedBuild(db);
  const update = sql`UPDATE builds SET fence = 0 WHERE id = ${build.id}`.execute(db.admin);
  await expect(update).rejects.toThrow('only grows');
});

test('a lease that is over does not come back', async () => {
  const { lease } = await aGrantedBuild(db);
  await sql`UPDATE leases SET state = 'released', ended_at = now(), ended_reason = 'released'
            WHERE id = ${lease.leaseId}`.execute(db.admin);
  const update = sql`UPDATE leases SET state = 'active', ended_at = NULL, ended_reason = NULL
                     WHERE id = ${lease.leaseId}`.execute(db.admin);
  await expect(update).rejects.toThrow('cannot move from released to active');
});

test.each([
  'UPDATE build_status_history SET reason = NULL',
  'DELETE FROM build_status_history',
  'TRUNCATE build_status_history',
])('%s is refused', async (statement) => {
  await aCancelledBuild();
  await expect(sql.raw(statement).execute(db.admin)).rejects.toThrow('append-only');
});

test('an illegal move is an error that is not retried', async () => {
  const id = await aCancelledBuild();
  const { transact } = await import('../../src/storage/transact.js');
  const move = transact(db.controller, (tx) =>
    tx.updateTable('builds').set({ status: 'queued' }).where('id', '=', id).execute(),
  );
  await expect(move).rejects.toMatchObject({ code: 'illegal_transition' });
});
