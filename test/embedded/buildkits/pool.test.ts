import { expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildkitPool, type Pooled, type PoolRules } from '../../../src/embedded/buildkits/pool.js';
import type { ServiceExit } from '../../../src/embedded/services/launch-process.js';

const RULES: PoolRules = { maxLive: 2, idleMs: 0, graceMs: 0, longestWaitMs: 5_000 };

/** A pool of BuildKits without processes. `living` holds those that run, `used` those that somebody is connected to. */
function aPool(rules: Partial<PoolRules> = {}) {
  const living = new Set<string>();
  const used = new Set<string>();
  const starts: { key: string; others: string[] }[] = [];
  const noted: string[] = [];
  const pool = new BuildkitPool<Pooled>(
    {
      async start(key, _previous, others) {
        starts.push({ key, others: others.map(({ name }) => name) });
        await sleep(5);
        living.add(key);
        let exit: (value: ServiceExit) => void = () => undefined;
        const exited = new Promise<ServiceExit>((resolve) => (exit = resolve));
        const stop = async (): Promise<void> => {
          living.delete(key);
          exit({ code: 0, signal: null });
        };
        return { name: key, socket: key, pid: 1, ports: {}, logPath: '', exited, stop };
      },
      isInUse: async (socket) => used.has(socket),
      onStopping: async ({ key }) => void noted.push(key),
      report: () => undefined,
    },
    { ...RULES, ...rules },
  );
  return { pool, living, used, starts, noted };
}

test('who asks twice, also at once, gets the same BuildKit', async () => {
  const { pool, starts } = aPool();

  const [first, second] = await Promise.all([pool.open('a'), pool.open('a')]);

  expect([second, await pool.open('a')]).toEqual([first, first]);
  expect(starts).toHaveLength(1);
});

test('those that are started for two at once know of each other', async () => {
  const { pool, starts } = aPool();

  await Promise.all([pool.open('a'), pool.open('b')]);

  expect(starts).toEqual([
    { key: 'a', others: [] },
    { key: 'b', others: ['a'] },
  ]);
});

test('the one used longest ago makes room for another, and is noted while it still runs', async () => {
  const { pool, living, noted } = aPool();
  await pool.open('a');
  await pool.open('b');
  await sleep(2);
  await pool.open('a');

  await pool.open('c');

  expect([[...living], noted]).toEqual([['a', 'c'], ['b']]);
});

test('one in use never makes room: who needs another waits until it is free', async () => {
  const { pool, living, used } = aPool();
  await pool.open('a');
  await pool.open('b');
  used.add('a').add('b');
  const third = pool.open('c');
  await sleep(50);
  expect([...living]).toEqual(['a', 'b']);

  used.delete('b');

  await third;
  expect([...living]).toEqual(['a', 'c']);
});

test('who waits in vain is told so', async () => {
  const { pool, used } = aPool({ longestWaitMs: 0 });
  await pool.open('a');
  await pool.open('b');
  used.add('a').add('b');

  await expect(pool.open('c')).rejects.toMatchObject({
    code: 'builder_unavailable',
    message: expect.stringContaining('All 2 BuildKits'),
  });
});

test('one that somebody was just given counts as used until he can have connected to it', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { pool, living } = aPool({ maxLive: 1, graceMs: 200 });
  await pool.open('a');
  const second = pool.open('b');
  vi.setSystemTime(Date.now() + 199);
  await sleep(100);
  expect([...living]).toEqual(['a']);

  vi.setSystemTime(Date.now() + 2);
  await second;

  expect([...living]).toEqual(['b']);
});

test('idle ones are stopped, but for those in use and the one that is kept warm', async () => {
  const { pool, living, used } = aPool({ maxLive: 3 });
  await pool.keepWarm('warm');
  await pool.open('used');
  await pool.open('idle');
  used.add('used');

  await pool.stopIdle();

  expect([...living]).toEqual(['warm', 'used']);
});

test('the one that is kept warm makes no room either', async () => {
  const { pool, living } = aPool({ maxLive: 1, longestWaitMs: 0 });
  await pool.keepWarm('warm');

  await expect(pool.open('a')).rejects.toMatchObject({ code: 'builder_unavailable' });

  expect([...living]).toEqual(['warm']);
});

test('one that was stopped is started again for the next who asks', async () => {
  const { pool, living } = aPool();
  await pool.open('a');
  await pool.stopIdle();

  await pool.open('a');

  expect([...living]).toEqual(['a']);
});

test('work on the files of one is done only while it does not run', async () => {
  const { pool } = aPool();
  await pool.open('live');
  const done: string[] = [];
  const work = (key: string) => pool.whileClosed(key, async () => done.push(key));

  const answers = await Promise.all([work('live'), work('cold')]);

  expect([answers, done]).toEqual([[null, 1], ['cold']]);
});

test('a pool that stops ends all, one whose start is under way too, and starts no other', async () => {
  const { pool, living } = aPool();
  await pool.keepWarm('warm');
  const late = pool.open('late');
  await sleep(1);

  await pool.stop();

  await late;
  expect([...living]).toEqual([]);
  await expect(pool.open('next')).rejects.toMatchObject({ code: 'builder_unavailable' });
});
