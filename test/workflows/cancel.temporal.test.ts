import { afterAll, beforeAll, expect, test } from 'vitest';
import { BuildHouse, type HouseRun } from './build-house.js';
import { failure, FakeKiln, granted } from './fake-activities.js';

let house: BuildHouse;
beforeAll(async () => {
  house = await BuildHouse.open();
});
afterAll(async () => {
  await house.close();
});

interface State {
  readonly name: string;
  /** A Kiln whose build comes to this state; `reached` is called there. */
  readonly kiln: (reached: () => void) => FakeKiln;
  /** Whether a lease is held there, which the end gives back. */
  readonly holdsLease: boolean;
  readonly calls: readonly string[];
  readonly history?: string;
  /** The status that the record gives, when it is another one. */
  readonly status?: string;
}

const END = ['record cancelled', 'clean'];
const END_WITH_LEASE = ['record cancelled', 'release 1', 'clean'];
const cancelledRun = async (cancelled: Promise<void>): Promise<'cancelled'> => {
  await cancelled;
  return 'cancelled';
};

const STATES: readonly State[] = [
  {
    name: 'queued',
    holdsLease: false,
    calls: END,
    history: 'cancelled-in-queue',
    kiln: (reached) => {
      const kiln = new FakeKiln({ kind: 'waiting', waitMs: null });
      setTimeout(reached, 300);
      return kiln;
    },
  },
  {
    name: 'waiting to try again',
    holdsLease: false,
    calls: ['build 1', 'again 1', ...END],
    kiln: (reached) => {
      const kiln = new FakeKiln(granted(1, house.workerId));
      kiln.triesLeft = 1;
      kiln.onBuild = async () => {
        setTimeout(reached, 500);
        return 'failed';
      };
      return kiln;
    },
  },
  {
    name: 'granted to a host that does not answer',
    holdsLease: true,
    calls: END_WITH_LEASE,
    history: 'cancelled-unacknowledged',
    kiln: (reached) => {
      setTimeout(reached, 300);
      return new FakeKiln(granted(1, 'nobody'));
    },
  },
  {
    name: 'running',
    holdsLease: true,
    calls: ['build 1', 'run stopped', ...END_WITH_LEASE],
    history: 'cancelled-in-build',
    kiln: (reached) => {
      const kiln = new FakeKiln(granted(1, house.workerId));
      kiln.onBuild = async (_, cancelled) => {
        reached();
        const result = await cancelledRun(cancelled);
        kiln.calls.push('run stopped');
        return result;
      };
      return kiln;
    },
  },
  {
    name: 'running on a host that has gone',
    holdsLease: false,
    calls: ['build 1', ...END_WITH_LEASE],
    history: 'cancelled-host-gone',
    kiln: (reached) => {
      const kiln = new FakeKiln(granted(1, house.workerId));
      kiln.onBuild = async (_, cancelled) => {
        reached();
        await cancelled;
        for (let waitedMs = 0; kiln.ending === null && waitedMs < 40_000; waitedMs += 100)
          await house.pause(100);
        return 'lost';
      };
      return kiln;
    },
  },
  {
    name: 'held at its gate',
    holdsLease: false,
    calls: ['build 1', 'gate 1', ...END],
    history: 'held-cancelled',
    kiln: (reached) => {
      const kiln = new FakeKiln(granted(1, house.workerId, { isGated: true }));
      kiln.onGate = () => {
        kiln.answer = { kind: 'held', waitMs: 60_000 };
        setTimeout(reached, 300);
        return false;
      };
      return kiln;
    },
  },
  {
    name: 'being published',
    holdsLease: true,
    calls: ['build 1', 'publish 1', 'copy stopped', ...END_WITH_LEASE],
    history: 'cancelled-in-publication',
    kiln: (reached) => {
      const kiln = new FakeKiln(granted(1, house.workerId));
      kiln.onPublish = async (cancelled) => {
        reached();
        await cancelled;
        kiln.calls.push('copy stopped');
      };
      return kiln;
    },
  },
  {
    name: 'waiting for its tags',
    holdsLease: true,
    calls: ['build 1', 'publish 1', 'move 1', 'move 1 again', ...END_WITH_LEASE],
    kiln: (reached) => {
      const kiln = new FakeKiln(granted(1, house.workerId));
      kiln.onMoveTags = () => {
        reached();
        // The row is asked before each try.
        kiln.onMoveTags = () => (kiln.answer.kind === 'cancelled' ? 'cancelled' : 'moved');
        throw new Error('the registry does not answer');
      };
      return kiln;
    },
  },
  {
    name: 'being recorded, its tags moved: too late',
    holdsLease: true,
    calls: ['build 1', 'publish 1', 'move 1', 'record published', 'release 1', 'clean'],
    status: 'success',
    kiln: (reached) => {
      const kiln = new FakeKiln(granted(1, house.workerId));
      kiln.onRecord = async () => {
        reached();
        await house.pause(300);
      };
      return kiln;
    },
  },
];

test.each(STATES)(
  'a cancel reaches a build that is $name',
  async ({ kiln: make, holdsLease, calls, history, status }) => {
    let run: HouseRun | null = null;
    let reached: () => void = () => undefined;
    const there = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const kiln = make(() => reached());
    run = await house.start(kiln);
    await there;
    // What the api does: the row first, then the doorbell.
    kiln.answer = { kind: 'cancelled', lease: holdsLease ? granted(1, '').lease : null };
    await run.signal('cancelBuild');

    expect(await run.result()).toEqual({ status: status ?? 'cancelled' });
    // A signal in the midst of control steps has them made again; each gives its first answer.
    expect([...new Set(kiln.calls)]).toEqual(calls);
    if (history !== undefined) await house.keepHistory(run, history);
  },
);

test('a cancel made in Temporal itself is taken as a cancel of the build', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onBuild = async (_, cancelled) => {
    await run.cancel();
    await cancelled;
    return 'cancelled';
  };
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'cancelled' });
  expect(kiln.calls).toEqual(['build 1', 'record cancelled', 'release 1', 'clean']);
  await house.keepHistory(run, 'cancelled-in-temporal');
});

test('a cancel that comes before the tags move wins', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onMoveTags = () => 'cancelled';
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'cancelled' });
  await house.keepHistory(run, 'cancelled-before-tags');
});

test('a cancel of which the publication hears before the workflow is the end of the build', async () => {
  const kiln = new FakeKiln(granted(1, house.workerId));
  kiln.onPublish = () => Promise.reject(failure('cancelled', 'The build was cancelled.'));
  const run = await house.start(kiln);
  expect(await run.result()).toEqual({ status: 'cancelled' });
  expect(kiln.calls).toEqual(['build 1', 'publish 1', 'record cancelled', 'release 1', 'clean']);
});
