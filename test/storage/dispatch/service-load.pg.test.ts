import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EndedBuild } from '../../../src/domain/builds/pipeline-run.js';
import { QUARANTINE_AFTER_LOSSES } from '../../../src/domain/dispatch/lease.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createServiceLoadReader } from '../../../src/storage/dispatch/service-load.js';
import {
  aBuild,
  aFailure,
  aGrantedBuild,
  aRunningBuild,
  aWorker,
  controlPlaneIsUp,
  finish,
  makeOverdue,
  takeUp,
} from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(() => db.close());

test('counts what is open of all tenants, the longest wait, and workers by their use', async () => {
  const reader = createServiceLoadReader(db.controller);
  expect(await reader.read()).toEqual({
    builds: [],
    longestWaitMs: null,
    workers: { available: 0, busy: 0, refusing: 0, offline: 0 },
  });

  const { tenant, project, lease } = await aGrantedBuild(db);
  await aGrantedBuild(db);
  await aBuild(db, tenant, project.id);
  const waiting = await aBuild(db, tenant, project.id);
  await sql`UPDATE builds SET queued_at = clock_timestamp() - interval '1 hour' WHERE id = ${waiting.id}`.execute(
    db.controller,
  );
  await aWorker(db);
  const cordoned = await aWorker(db);
  await sql`UPDATE build_workers SET scheduling = 'cordoned' WHERE id = ${cordoned.workerId}`.execute(
    db.controller,
  );
  const silent = await aWorker(db);
  await sql`UPDATE build_workers SET last_heartbeat = clock_timestamp() - interval '1 hour' WHERE id = ${silent.workerId}`.execute(
    db.controller,
  );

  const load = await reader.read();
  expect([...load.builds].sort((a, b) => a.state.localeCompare(b.state))).toEqual([
    { method: 'buildx', state: 'executing', count: 2 },
    { method: 'buildx', state: 'pending', count: 2 },
  ]);
  expect(load.longestWaitMs).toBeGreaterThanOrEqual(3_600_000);
  expect(load.longestWaitMs).toBeLessThan(3_700_000);
  expect(load.workers).toEqual({ available: 1, busy: 2, refusing: 1, offline: 1 });

  await createRecorder(db.controller).record(lease.buildId, lease, { kind: 'build_timeout' });
  expect((await reader.read()).builds).toContainEqual({ method: 'buildx', state: 'executing', count: 1 });
});

test('tells of each build that ended once, however often its end is recorded', async () => {
  const ended: EndedBuild[] = [];
  const recorder = createRecorder(db.controller, { onEnd: (build) => ended.push(build) });
  const { build, lease, holder } = await aRunningBuild(db);
  await finish(db, holder, aFailure());

  await recorder.record(build.id, lease, { kind: 'run_failed' });
  await recorder.record(build.id, lease, { kind: 'run_failed' });

  expect(ended).toEqual([
    {
      ...{ method: 'buildx', result: 'failed', failureCode: aFailure().failure?.code },
      queuedMs: expect.any(Number) as number,
      executionMs: expect.any(Number) as number,
    },
  ]);
});

test.each(['told by its workflow', 'seen by its lease'])(
  'tells of a build that its last lost host has ended, %s',
  async (how) => {
    const ended: EndedBuild[] = [];
    const dispatcher = createDispatcher(db.controller, {
      onEnd: (build) => ended.push(build),
      quarantineMs: 0,
    });
    const { worker, build, lease } = await aRunningBuild(db);
    let current = lease;
    for (let lost = 1; lost <= QUARANTINE_AFTER_LOSSES; lost += 1) {
      expect(ended).toEqual([]);
      if (lost > 1) {
        const answer = await dispatcher.requestLease(build.id);
        if (answer.kind !== 'granted') throw new Error(answer.kind);
        current = answer.lease;
      }
      if (lost < QUARANTINE_AFTER_LOSSES || how === 'told by its workflow') {
        await dispatcher.loseAttempt(current);
      } else {
        await takeUp(db, worker.workerId, current);
        await controlPlaneIsUp(db);
        await makeOverdue(db, current.leaseId);
        await dispatcher.expire();
      }
    }
    expect(ended).toMatchObject([{ method: 'buildx', result: 'failed', failureCode: 'quarantined' }]);
  },
);
