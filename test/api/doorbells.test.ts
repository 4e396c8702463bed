import { expect, it } from '@jest/globals';
import { Doorbells } from '../../src/api/streams/doorbells.js';
import { fakeChanges, FakeData } from './support/fake-stores.js';

const WAKE_MS = 40;
const forever = new AbortController().signal;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('wakes viewers once for many rings in quick succession, and once more for what came after', async () => {
  const data = new FakeData();
  const bell = new Doorbells(fakeChanges(data), WAKE_MS).watch('b');
  for (let ring = 0; ring < 100; ring++) data.ring();
  expect(bell.generation).toBe(1);
  await pause(WAKE_MS * 2);
  expect(bell.generation).toBe(2);
  bell.leave();
});

it('lets nobody sleep through a ring that came before the wait', async () => {
  const data = new FakeData();
  const bell = new Doorbells(fakeChanges(data), WAKE_MS).watch('b');
  const { generation } = bell;
  data.ring();
  await bell.changedSince(generation, forever);
  bell.leave();
});

it('lets a viewer go that gives up', async () => {
  const data = new FakeData();
  const bell = new Doorbells(fakeChanges(data), WAKE_MS).watch('b');
  const stop = new AbortController();
  const waiting = bell.changedSince(bell.generation, stop.signal);
  stop.abort();
  await waiting;
  bell.leave();
  bell.leave();
  expect(data.rings.size).toBe(0);
});
