import fc from 'fast-check';
import { UNLIMITED } from '../../../src/domain/dispatch/limits.js';
import {
  type QueuedBuild,
  type QueueFacts,
  type QueueHost,
  viewQueue,
} from '../../../src/domain/dispatch/queue-view.js';

const MINUTE = 60_000;

function queued(buildId: string, over: Partial<QueuedBuild> = {}): QueuedBuild {
  const own = { projectId: 'app', method: 'buildx', usesCache: true, needs: {}, notBeforeMs: null };
  return { buildId, ...own, dispatchAtMs: Number(buildId), createdAtMs: Number(buildId), ...over };
}

function host(over: Partial<QueueHost> = {}): QueueHost {
  const own = { workerId: 'w', name: 'w', methods: ['buildx'], labels: {}, refusal: null };
  return { ...own, slots: 1, taken: 0, isShared: false, ...over };
}

/** Builds of a minute on one host with one slot, at the moment 0. */
function facts(over: Partial<QueueFacts> = {}): QueueFacts {
  const past = [MINUTE, MINUTE, MINUTE].map((durationMs) => ({
    ...{ projectId: 'app', method: 'buildx', usesCache: true, durationMs },
  }));
  const own = { nowMs: 0, tenantId: 't', policy: UNLIMITED, queued: [], running: [], past };
  return { ...own, hosts: [host()], others: { weight: 0, queued: 0 }, ...over };
}

const running = (grantedAtMs: number, over = {}) => ({
  ...{ projectId: 'app', method: 'buildx', usesCache: true, name: 'app#1', workerId: 'w', grantedAtMs },
  ...over,
});
const starts = (over: Partial<QueueFacts>) =>
  viewQueue(facts(over)).map(({ buildId, start }) => [buildId, start?.expectedMs ?? null]);

test('builds start one after the other as slots become free', () => {
  const busy = { hosts: [host({ taken: 1 })], running: [running(-MINUTE / 2)] };
  expect(starts({ ...busy, queued: [queued('2'), queued('1'), queued('3')] })).toEqual([
    ['1', MINUTE / 2],
    ['2', MINUTE * 1.5],
    ['3', MINUTE * 2.5],
  ]);
});

test('a limit makes builds wait although slots are free, and says who holds it', () => {
  const places = viewQueue(
    facts({
      policy: { ...UNLIMITED, maxConcurrentBuilds: 1 },
      hosts: [host({ slots: 9, taken: 1 })],
      running: [running(0)],
      queued: [queued('1')],
    }),
  );
  expect(places).toMatchObject([
    {
      position: 1,
      reason: "the tenant's limit max_concurrent_builds (1) is reached: app#1 runs",
      blocking: { limit: 'max_concurrent_builds', most: 1, holders: [{ name: 'app#1', runs: true }] },
      start: { expectedMs: MINUTE },
    },
  ]);
});

test('a build that no host can take comes last, without a time', () => {
  const needy = queued('1', { needs: { network: 'host' } });
  expect(starts({ queued: [needy, queued('2')] })).toEqual([
    ['2', 0],
    ['1', null],
  ]);
});

test('a limit of zero, and a host without room, let nothing be expected', () => {
  expect(starts({ policy: { ...UNLIMITED, maxConcurrentBuilds: 0 }, queued: [queued('1')] })).toEqual([
    ['1', null],
  ]);
  expect(starts({ hosts: [host({ refusal: 'is cordoned' })], queued: [queued('1')] })).toEqual([['1', null]]);
});

test('a build in a back-off lets others of its kind go first', () => {
  expect(starts({ queued: [queued('1', { notBeforeMs: 10_000 }), queued('2')] })).toEqual([
    ['2', 0],
    ['1', MINUTE],
  ]);
});

test('other tenants that wait take their part of shared hosts, by weight', () => {
  const line = ['1', '2', '3', '4'].map((id) => queued(id));
  const shared = { hosts: [host({ slots: 2, isShared: true })], queued: line };
  expect(starts({ ...shared }).at(-1)).toEqual(['4', MINUTE]);
  expect(starts({ ...shared, others: { weight: 1, queued: 100 } }).at(-1)).toEqual(['4', 3 * MINUTE]);
});

test('the band goes from quick builds before it to slow ones', () => {
  const past = [30_000, MINUTE, MINUTE, MINUTE, 120_000].map((durationMs) => ({
    ...{ projectId: 'app', method: 'buildx', usesCache: true, durationMs },
  }));
  const [, second] = viewQueue(facts({ past, queued: [queued('1'), queued('2')] }));
  expect(second?.start).toMatchObject({ expectedMs: MINUTE });
  expect(second?.start?.earliestMs).toBeLessThan(MINUTE);
  expect(second?.start?.latestMs).toBeGreaterThan(MINUTE);
});

test('whatever waits, every build has one place, the band holds what is expected, and no limit is passed', () => {
  const build = fc.record({
    project: fc.constantFrom('a', 'b'),
    method: fc.constantFrom('buildx', 'kaniko'),
  });
  fc.assert(
    fc.property(
      fc.array(build, { maxLength: 20 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      (builds, slots, most) => {
        const line = builds.map(({ project, method }, index) =>
          queued(String(index), { projectId: project, method }),
        );
        const places = viewQueue(
          facts({
            policy: { ...UNLIMITED, maxConcurrentBuilds: most },
            hosts: [host({ slots, methods: ['buildx', 'kaniko'] })],
            queued: line,
          }),
        );
        expect(places.map(({ position }) => position)).toEqual(line.map((_, index) => index + 1));
        for (const { start } of places) {
          expect(start?.earliestMs).toBeLessThanOrEqual(start?.expectedMs ?? NaN);
          expect(start?.expectedMs).toBeLessThanOrEqual(start?.latestMs ?? NaN);
        }
        const times = places.map(({ start }) => start?.expectedMs);
        const atOnce = times.map((at) => times.filter((other) => other === at).length);
        expect(Math.max(0, ...atOnce)).toBeLessThanOrEqual(Math.min(slots, most));
      },
    ),
  );
});

test('of ten thousand builds the first five hundred are expected at a time, which is all that anybody can tell', () => {
  const line = Array.from({ length: 10_000 }, (_, index) =>
    queued(String(index), { projectId: `p${String(index % 40)}` }),
  );
  const places = viewQueue(
    facts({
      hosts: [host({ slots: 20, isShared: true })],
      queued: line,
      others: { weight: 3, queued: 5_000 },
    }),
  );
  expect(places).toHaveLength(10_000);
  expect(places.filter(({ start }) => start !== null).length).toBeGreaterThanOrEqual(500);
  expect(places.at(-1)?.start).toBeNull();
});
