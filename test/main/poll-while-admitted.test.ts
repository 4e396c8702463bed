import { setTimeout as sleep } from 'node:timers/promises';
import { pollWhileAdmitted } from '../../src/main/poll-while-admitted.js';

/** A supervisor that says one thing after the other, and then nothing until the process is stopped. */
function says(...answers: boolean[]) {
  return {
    admission: async (_known: boolean | null, signal: AbortSignal): Promise<boolean> => {
      await sleep(1);
      const next = answers.shift();
      if (next !== undefined) return next;
      await sleep(60_000, undefined, { signal });
      throw new Error('nobody stops it');
    },
  };
}

/** What was done, with pollers that run until they are shut down. */
function aHost() {
  const done: string[] = [];
  const open = async () => {
    const over = new AbortController();
    return {
      run: async () => {
        done.push('polls');
        await new Promise((resolve) => over.signal.addEventListener('abort', resolve));
        done.push('has stopped');
      },
      shutdown: () => over.abort(),
    };
  };
  return { done, pollers: { open, onRefused: () => void done.push('is refused') } };
}

test('a host polls while the api takes it for its worker, and not while another host speaks by its token', async () => {
  const { done, pollers } = aHost();
  const stopping = new AbortController();
  const polling = pollWhileAdmitted(says(false, true, false, true), pollers, stopping.signal);
  await vi.waitFor(() => expect(done).toHaveLength(5), 10_000);
  stopping.abort();
  await polling;
  expect(done).toEqual(['is refused', 'polls', 'has stopped', 'is refused', 'polls', 'has stopped']);
});

test('a host of which the api has not said anything polls for nothing', async () => {
  const { done, pollers } = aHost();
  const stopping = new AbortController();
  const polling = pollWhileAdmitted(says(), pollers, stopping.signal);
  await sleep(20);
  stopping.abort();
  await polling;
  expect(done).toEqual([]);
});

test('a poller that fails is not taken for one that was stopped', async () => {
  const run = () => Promise.reject(new Error('Temporal has gone'));
  const open = async () => ({ run, shutdown: () => undefined });
  const polling = pollWhileAdmitted(
    says(true),
    { open, onRefused: () => undefined },
    AbortSignal.timeout(5_000),
  );
  await expect(polling).rejects.toThrow('Temporal has gone');
});
