import { expect, it } from 'vitest';
import { Doorbells } from '../../src/api/streams/doorbells.js';
import { fakeChanges, FakeData } from './support/fake-stores.js';

const WAKE_MS = 40;
const forever = new AbortController().signal;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('wakes viewers once for many rings in quick succession, and once more for what came after', async () => {
  const data = new FakeData();
  const bell = new Doorbells(fakeChanges(data), WAKE_MS).watch('b', 'build');
  for (let ring = 0; ring < 100; ring++) data.ring();
  expect(bell.generation).toBe(1);
  await pause(WAKE_MS * 2);
  expect(bell.generation).toBe(2);
  bell.leave();
});

it('lets nobody sleep through a ring that came before the wait', async () => {
  const data = new FakeData();
  const bell = new Doorbells(fakeChanges(data), WAKE_MS).watch('b', 'build');
  const { generation } = bell;
  data.ring();
  await bell.changedSince(generation, forever);
  bell.leave();
});

it('lets a viewer go that gives up', async () => {
  const data = new FakeData();
  const bell = new Doorbells(fakeChanges(data), WAKE_MS).watch('b', 'build');
  const stop = new AbortController();
  const waiting = bell.changedSince(bell.generation, stop.signal);
  stop.abort();
  await waiting;
  bell.leave();
  bell.leave();
  expect(data.rings.size).toBe(0);
});

it('wakes for what is watched and for what is not said, and for the end without a pause', async () => {
  let ring: (change: 'build' | 'log' | 'end' | null) => void = () => undefined;
  const feed = {
    ...fakeChanges(new FakeData()),
    onBuildChange: (_id: string, own: typeof ring) => (ring = own),
  };
  const bells = new Doorbells(feed as never, 60_000);
  const bell = bells.watch('b', 'log');
  ring('build');
  expect(bell.generation).toBe(0);
  ring('log');
  expect(bell.generation).toBe(1);
  ring(null);
  ring('log');
  expect(bell.generation).toBe(1);
  ring('end');
  expect(bell.generation).toBe(2);
  await pause(5);
  expect(bell.generation).toBe(2);
});
