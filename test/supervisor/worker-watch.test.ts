import { WorkerWatch } from '../../src/supervisor/worker-watch.js';

const silent = () => {};
const log = { info: silent, warn: (_fields: object, text: string) => void warned.push(text), error: silent };

let told: string[];
let warned: string[];
let watch: WorkerWatch;
let back: AbortSignal | null;
beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  warned = [];
  back = null;
  const events = {
    changed: () => void told.push(watch.isAway ? 'away' : 'there'),
    gone: (signal: AbortSignal) => {
      back = signal;
      told.push('gone');
    },
  };
  watch = new WorkerWatch(events, { workerAwayMs: 5_000, workerGoneMs: 15_000 }, log);
  watch.start();
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

async function attached(): Promise<AbortController> {
  const caller = new AbortController();
  void (async () => {
    while (!caller.signal.aborted) await watch.attach(caller.signal);
  })();
  await vi.advanceTimersByTimeAsync(0);
  return caller;
}

test('a worker process that never comes is away from the start, and gone after a while', async () => {
  expect(watch.isAway).toBe(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['gone']);
  expect(warned).toEqual(['the worker process is away: no new build']);
});

test('it is there as soon as it is first attached', async () => {
  await attached();
  expect(told).toEqual(['there']);
  expect(watch.isAway).toBe(false);
});

test('a worker process that is started again in time is never away', async () => {
  (await attached()).abort();
  await vi.advanceTimersByTimeAsync(4_000);
  await attached();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['there']);
});

test('one that comes back is there at once, and what was let go for it is told so', async () => {
  (await attached()).abort();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(back?.aborted).toBe(false);
  await attached();
  expect(told).toEqual(['there', 'away', 'gone', 'there']);
  expect(back?.aborted).toBe(true);
});

test('the old one may go after the new one has come', async () => {
  const old = await attached();
  await attached();
  old.abort();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['there']);
});

test('a watch that is over tells nothing more', async () => {
  const caller = await attached();
  watch.stop();
  caller.abort();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(['there']);
});

test('one that stands still, its connection open, is away as well, and there again when it goes on', async () => {
  const answered = watch.attach(new AbortController().signal);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(told).toEqual(['there']);
  await vi.advanceTimersByTimeAsync(1_000);
  await answered;
  expect(told).toEqual(['there', 'away']);
  await attached();
  expect(told).toEqual(['there', 'away', 'there']);
});
