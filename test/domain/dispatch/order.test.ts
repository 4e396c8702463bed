import fc from 'fast-check';
import {
  dispatchAtMs,
  orderHeads,
  PRIORITY_POINT_MS,
  type QueueHead,
} from '../../../src/domain/dispatch/order.js';

function aHead(over: Partial<QueueHead>): QueueHead {
  return {
    buildId: 'b',
    tenantId: 't',
    projectId: 'p',
    method: 'buildx',
    needs: {},
    dispatchAtMs: 0,
    createdAtMs: 0,
    ...over,
  };
}

const heads = fc.array(
  fc.record({
    buildId: fc.uuid(),
    tenantId: fc.constantFrom('a', 'b', 'c'),
    dispatchAtMs: fc.integer({ min: 0, max: 5 }),
    createdAtMs: fc.integer({ min: 0, max: 5 }),
  }),
);
const shares = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 9 }));

test('a tenant that uses less of its share goes first, whatever the priority of the other', () => {
  const greedy = aHead({ buildId: 'greedy', tenantId: 'greedy', dispatchAtMs: -1_000_000 });
  const modest = aHead({ buildId: 'modest', tenantId: 'modest' });
  const shared = new Map([
    ['greedy', 2],
    ['modest', 5 / 3],
  ]);
  expect(orderHeads([greedy, modest], shared).map((head) => head.buildId)).toEqual(['modest', 'greedy']);
});

test('a build that waited as many minutes as the other has points more is its equal', () => {
  const waited = dispatchAtMs(0, 1);
  const urgent = dispatchAtMs(4 * PRIORITY_POINT_MS, 5);
  expect(waited).toBe(urgent);
});

test('more priority never moves a build back', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (one, two) => {
      const [low, high] = [Math.min(one, two), Math.max(one, two)];
      return dispatchAtMs(0, high) <= dispatchAtMs(0, low);
    }),
  );
});

test('the order does not depend on the order in which heads are read, and loses none', () => {
  fc.assert(
    fc.property(heads, shares, fc.nat(), (given, of, seed) => {
      const all = given.map(aHead);
      const shared = new Map(Object.entries(of));
      const shuffled = [...all].sort((a, b) =>
        a.buildId.charCodeAt(seed % 8) < b.buildId.charCodeAt(seed % 8) ? -1 : 1,
      );
      expect(orderHeads(shuffled, shared)).toEqual(orderHeads(all, shared));
      expect(new Set(orderHeads(all, shared))).toEqual(new Set(all));
    }),
  );
});

test('no head is behind one that is worse in load, dispatch time and age', () => {
  fc.assert(
    fc.property(heads, shares, (given, of) => {
      const shared = new Map(Object.entries(of));
      const load = (head: QueueHead) => shared.get(head.tenantId) ?? 0;
      const ordered = orderHeads(given.map(aHead), shared);
      for (const [index, head] of ordered.slice(1).entries()) {
        const before = ordered[index]!;
        expect(load(before)).toBeLessThanOrEqual(load(head));
        if (load(before) === load(head)) {
          expect(before.dispatchAtMs).toBeLessThanOrEqual(head.dispatchAtMs);
        }
      }
    }),
  );
});
