import { afterEach, beforeEach, expect, it } from 'vitest';
import { readEvents, type SeenEvent } from './support/event-reader.js';
import { KilnError } from '../../src/domain/errors.js';
import { aWorld, fakeLogs } from './support/fake-stores.js';
import { aChunk, BUILD_ID } from './support/records.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

const LOG = `/v1/builds/${BUILD_ID}/log/events`;

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

function write(...chunks: number[]): void {
  api.data.chunks.push(...chunks.map((chunk) => aChunk(chunk)));
  api.data.ring();
}

function complete(): void {
  api.data.logComplete = true;
  api.data.ring();
}

const ids = (events: readonly SeenEvent[]): (string | null)[] => events.map(({ id, event }) => id ?? event);
const seen = (count: number) => (events: readonly SeenEvent[]) => events.length >= count;
const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `1.${from + i}`);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

it('gives a finished log whole, in order, and then the end', async () => {
  write(...Array.from({ length: 200 }, (_, chunk) => chunk));
  complete();
  expect(ids(await readEvents(await api.send(LOG)))).toEqual([...range(0, 200), 'end']);
});

it('follows a log as it grows and ends only when it is stored whole', async () => {
  write(0, 1);
  const reading = readEvents(await api.send(LOG));
  await until(() => api.data.logReads > 0);
  write(2);
  await new Promise((resolve) => setTimeout(resolve, 30));
  write(3);
  complete();
  expect(ids(await reading)).toEqual([...range(0, 4), 'end']);
});

it('crosses attempts', async () => {
  api.data.chunks.push(aChunk(0), aChunk(1), aChunk(0, 2));
  complete();
  expect(ids(await readEvents(await api.send(LOG)))).toEqual(['1.0', '1.1', '2.0', 'end']);
});

it('gives every chunk once to a viewer that is cut off and comes back with Last-Event-ID', async () => {
  const got: string[] = [];
  let written = 0;
  for (let round = 0; round < 10; round++) {
    const cut = new AbortController();
    const last = got.at(-1);
    const response = await api.send(LOG, {
      signal: cut.signal,
      headers: last === undefined ? {} : { 'last-event-id': last },
    });
    write(written, written + 1, written + 2);
    written += 3;
    const events = await readEvents(response, seen(1 + (round % 3)));
    got.push(...(ids(events) as string[]));
    cut.abort();
  }
  complete();
  const rest = await readEvents(await api.send(LOG, { headers: { 'last-event-id': got.at(-1) ?? '' } }));
  expect([...got, ...ids(rest)]).toEqual([...range(0, 30), 'end']);
});

it('takes the place to go on from `after` as well', async () => {
  write(0, 1, 2);
  complete();
  expect(ids(await readEvents(await api.send(`${LOG}?after=1.1`)))).toEqual(['1.2', 'end']);
});

it('ends a log whose last page is full', async () => {
  write(...Array.from({ length: 128 }, (_, chunk) => chunk));
  complete();
  expect(ids(await readEvents(await api.send(LOG)))).toEqual([...range(0, 128), 'end']);
});

it('stays open while the database is away and goes on afterwards', async () => {
  await api.close();
  const data = aWorld();
  let away = true;
  const logs = fakeLogs(data);
  const read: typeof logs.read = (...args) =>
    away ? Promise.reject(new KilnError('unavailable')) : logs.read(...args);
  api = await startApi({ logs: { ...logs, read } });
  data.chunks.push(aChunk(0));
  data.logComplete = true;
  const reading = readEvents(await api.send(LOG));
  await new Promise((resolve) => setTimeout(resolve, 20));
  away = false;
  api.data.ring();
  expect(ids(await reading)).toEqual(['1.0', 'end']);
});

it('answers HEAD without opening a stream', async () => {
  const response = await api.send(LOG, { method: 'HEAD' });
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ]);
});

it('closes without an end when the process goes down, and says when to come back', async () => {
  write(0);
  const response = await api.send(LOG);
  const text = response.text();
  await until(() => api.data.logReads > 0);
  api.goDown();
  expect(await text).toMatch(/^retry: \d+\n\n[^]*id: 1\.0\n/);
  expect(await text).not.toContain('event: end');
});

it('reads once for many viewers of one build', async () => {
  const stop = new AbortController();
  const responses = await Promise.all(
    Array.from({ length: 50 }, () => api.send(LOG, { signal: stop.signal })),
  );
  const reading = Promise.all(responses.map((response) => readEvents(response, seen(2))));
  await until(() => api.events.filter(({ name }) => name === 'viewerJoined').length === 50);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = api.data.logReads;
  write(0, 1);
  const all = await reading;
  stop.abort();
  expect(all.map(ids)).toEqual(Array.from({ length: 50 }, () => ['1.0', '1.1']));
  expect(api.data.logReads - before).toBeLessThan(5);
});

it('listens once per build and leaves nothing behind when the viewers are gone', async () => {
  const stop = new AbortController();
  await Promise.all([api.send(LOG, { signal: stop.signal }), api.send(LOG, { signal: stop.signal })]);
  const listening = api.data.rings.size;
  stop.abort();
  await until(() => api.data.rings.size === 0);
  expect(listening).toBe(1);
  expect(api.events.filter(({ name }) => name === 'viewerLeft')).toHaveLength(2);
});

it('shows the log so far as text and says whether it is whole', async () => {
  write(0, 1);
  const soFar = await api.send(`/v1/builds/${BUILD_ID}/log`);
  expect([soFar.headers.get('kiln-log-complete'), await soFar.text()]).toEqual([
    'false',
    'line 1.0\nline 1.1\n',
  ]);
  complete();
  const whole = await api.send(`/v1/builds/${BUILD_ID}/log`);
  expect([whole.headers.get('kiln-log-complete'), whole.headers.get('content-type')]).toEqual([
    'true',
    'text/plain; charset=utf-8',
  ]);
});
