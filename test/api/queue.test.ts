import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Queue } from '../../src/contracts/queue.js';
import { aQueued } from '../support/api-records.js';
import { readEvents } from './support/event-reader.js';
import { aBuild, BUILD_ID } from './support/records.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
  const items = [aQueued({ build_id: BUILD_ID }), aQueued({ position: 2, build_method: 'kaniko' })];
  api.data.queue.now = { running: 1, slots: 4, freeSlots: 3, items };
});
afterEach(() => api.close());

const get = async (query = '') => (await (await api.send(`/v1/queue${query}`)).json()) as Queue;

it('shows the queue of the tenant, or the part that was asked for with the counts of all of it', async () => {
  expect(await get()).toMatchObject({ waiting: 2, running: 1, slots: 4, free_slots: 3 });
  const positions = async (query: string) => (await get(query)).items.map(({ position }) => position);
  expect(await positions('')).toEqual([1, 2]);
  expect(await positions('?method=kaniko')).toEqual([2]);
  expect(await positions(`?build=${BUILD_ID}`)).toEqual([1]);
  expect(await positions('?project=hello&limit=1')).toEqual([1]);
  expect((await get('?method=kaniko')).waiting).toBe(2);
});

it('refuses a project that does not exist and a limit that is none', async () => {
  expect((await api.send('/v1/queue?project=nothing')).status).toBe(404);
  expect((await api.send('/v1/queue?limit=0')).status).toBe(422);
});

it('works the queue out once for all who ask at about the same time', async () => {
  await Promise.all([get(), get('?limit=1'), get()]);
  expect(api.data.queue.reads).toBe(1);
});

it('streams the queue as it stands until the viewer leaves', async () => {
  const viewer = new AbortController();
  const response = await api.send('/v1/queue/events?method=buildx', { signal: viewer.signal });
  const reader = response.body!.getReader();
  let text = '';
  while (!text.includes('"items"')) text += Buffer.from((await reader.read()).value ?? []).toString();
  expect(text).toContain('event: queue\ndata: {"waiting":2,');
  expect(text).not.toContain('kaniko');
  viewer.abort();
});

it('tells who follows a queued build its place, and no other build', async () => {
  const reading = readEvents(await api.send(`/v1/builds/${BUILD_ID}/events`));
  while (api.data.queue.reads === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  await new Promise((resolve) => setTimeout(resolve, 20));
  api.data.builds.set(BUILD_ID, aBuild({ status: 'success' }));
  api.data.ring();
  const events = (await reading).filter(({ event }) => event === 'queue');
  expect(events.map(({ data }) => (data as { position: number }).position)).toEqual([1]);
});
