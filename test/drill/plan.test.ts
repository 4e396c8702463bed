import { expect, test } from 'vitest';
import { drawOrders } from '../../drill/orders.js';
import { describeFault, drawPlan, VICTIMS } from '../../drill/plan.js';

const given = { kills: 25, seed: 7, hosts: 2, zombieMs: 10_000 };

test('the same seed draws the same plan and orders, another one others', () => {
  expect(drawPlan(given)).toEqual(drawPlan(given));
  expect(drawPlan(given)).not.toEqual(drawPlan({ ...given, seed: 8 }));
  expect(drawOrders(50, 7, { real: true })).toEqual(drawOrders(50, 7, { real: true }));
  expect(drawOrders(50, 7, { real: true })).not.toEqual(drawOrders(50, 8, { real: true }));
});

test('a plan has exactly the kills that were asked for, one of the whole stack, and a host that is stopped longer than a lease holds', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const plan = drawPlan({ ...given, seed });
    const kills = plan.filter(({ act }) => act === 'kill');
    expect(kills).toHaveLength(25);
    expect(kills.filter(({ victim }) => victim === 'stack')).toHaveLength(1);
    expect(kills.some(({ victim, forMs }) => victim === 'host' && forMs === 10_000)).toBe(true);
    expect(plan.filter(({ elsewhereWithinMs }) => elsewhereWithinMs !== undefined)).toEqual([
      expect.objectContaining({ victim: 'supervisor', act: 'kill', forMs: 10_000 }),
    ]);
    expect(
      plan.filter(({ act, victim, forMs }) => act === 'stop' && victim === 'host' && forMs === 10_000),
    ).toHaveLength(1);
  }
});

test('even few kills hit a host, the whole stack and a supervisor alone', () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const plan = drawPlan({ ...given, kills: 4, seed });
    const killed = plan.filter(({ act }) => act === 'kill').map(({ victim }) => victim);
    expect(killed).toHaveLength(4);
    expect(killed).toEqual(expect.arrayContaining(['host', 'stack', 'supervisor']));
    expect(plan.filter(({ elsewhereWithinMs }) => elsewhereWithinMs !== undefined)).toHaveLength(1);
  }
});

test('with enough kills everybody dies', () => {
  const victims = new Set(
    drawPlan({ ...given, kills: 60 }).flatMap(({ act, victim }) => (act === 'kill' ? [victim] : [])),
  );
  expect([...victims].sort()).toEqual([...VICTIMS].sort());
});

test('faults come in the order of their moments and while builds are under way', () => {
  const shares = drawPlan(given).map(({ atShare }) => atShare);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(Math.max(...shares)).toBeLessThan(0.95);
});

test('no kills, no faults', () => {
  expect(drawPlan({ ...given, kills: 0 })).toEqual([]);
});

test('a fault is printed in a line', () => {
  const [fault] = drawPlan(given);
  expect(
    describeFault({
      ...fault!,
      victim: 'worker',
      host: 1,
      act: 'stop',
      forMs: 500,
      at: { when: 'before', point: 'tag' },
    }),
  ).toMatch(/^ +1 +at +\d+ % +worker 2 +SIGSTOP for 500 ms +before the commit of: tag$/);
});

test('every twentieth order is a real build, which is neither cancelled nor fails', () => {
  const real = drawOrders(100, 3, { real: true }).filter(({ isReal }) => isReal);
  expect(real).toHaveLength(5);
  expect(real.every(({ exitCode, cancelAfterMs }) => exitCode === 0 && cancelAfterMs === null)).toBe(true);
  expect(drawOrders(100, 3, { real: false }).some(({ isReal }) => isReal)).toBe(false);
});
