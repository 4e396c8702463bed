import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { keepAlive, type KeepPauses } from '../../src/embedded/keep-alive.js';
import type { RunningService } from '../../src/embedded/services/service.js';
import type { ServiceExit } from '../../src/embedded/services/launch-process.js';

const PAUSES: KeepPauses = { firstMs: 20, longestMs: 80, soundAfterMs: 10_000 };

interface FakeService extends RunningService {
  die(): void;
}

function later<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve: (value) => resolve(value) };
}

/** Services without processes. `living` holds those that were started and have not ended. */
function fakes() {
  const living = new Set<number>();
  let started = 0;
  const start = (): FakeService => {
    const pid = (started += 1);
    const { promise: exited, resolve } = later<ServiceExit>();
    living.add(pid);
    const end = (signal: NodeJS.Signals): void => {
      living.delete(pid);
      resolve({ code: null, signal });
    };
    const stop = async (): Promise<void> => end('SIGTERM');
    return { name: 'fake', pid, ports: {}, logPath: '', exited, stop, die: () => end('SIGKILL') };
  };
  return { living, start };
}

/** Counts the calls of `call`; `reached` resolves with the n-th. */
function nthCall(count: number): { readonly reached: Promise<void>; calls(): number; call(): void } {
  const { promise, resolve } = later<void>();
  let calls = 0;
  return {
    reached: promise,
    calls: () => calls,
    call: () => {
      calls += 1;
      if (calls === count) resolve();
    },
  };
}

test('a service that ends without being asked is started again, with the one before given to the start', async () => {
  const { start } = fakes();
  const previous: (number | undefined)[] = [];
  const second = nthCall(2);
  const kept = await keepAlive(
    async (was: FakeService | null) => {
      previous.push(was?.pid);
      second.call();
      return start();
    },
    () => undefined,
    PAUSES,
  );

  kept.current().die();
  await second.reached;

  expect(previous).toEqual([undefined, 1]);
  await kept.stop();
});

test('starts that fail are repeated, each after a longer pause, up to the longest', async () => {
  const { start } = fakes();
  const starts = nthCall(6);
  const pauses: number[] = [];
  const kept = await keepAlive(
    async () => {
      starts.call();
      if (starts.calls() > 1 && starts.calls() < 6) throw new RangeError('not yet');
      return start();
    },
    () => undefined,
    PAUSES,
    async (ms, value, options) => {
      pauses.push(ms ?? NaN);
      return sleep(1, value, options);
    },
  );

  kept.current().die();
  await starts.reached;

  expect(pauses).toEqual([20, 40, 80, 80, 80]);
  await kept.stop();
});

test('a stop during a restart leaves nothing: what the restart brings up is ended too', async () => {
  const { living, start } = fakes();
  const restart = nthCall(2);
  const { promise: maySucceed, resolve: letSucceed } = later<void>();
  const kept = await keepAlive(
    async () => {
      restart.call();
      if (restart.calls() === 2) await maySucceed;
      return start();
    },
    () => undefined,
    PAUSES,
  );
  kept.current().die();
  await restart.reached;

  const stopping = kept.stop();
  letSucceed();
  await stopping;

  expect([...living]).toEqual([]);
});

test('a stop during the pause before a restart starts nothing more', async () => {
  const { living, start } = fakes();
  const starts = nthCall(2);
  const reported = nthCall(1);
  const kept = await keepAlive(
    async () => {
      starts.call();
      return start();
    },
    () => reported.call(),
    { ...PAUSES, firstMs: 60_000 },
  );
  kept.current().die();
  await reported.reached;

  await kept.stop();

  expect(starts.calls()).toBe(1);
  expect([...living]).toEqual([]);
});

test('a stop ends a service that runs, and is not taken for an end to follow with a start', async () => {
  const { living, start } = fakes();
  const reports: string[] = [];
  const kept = await keepAlive(
    async () => start(),
    (text) => reports.push(text),
    PAUSES,
  );

  await kept.stop();

  expect([...living]).toEqual([]);
  expect(reports).toEqual([]);
});
