import { afterEach, expect, test, vi } from 'vitest';
import { runClients } from '../../drill/clients.js';
import { ClientHistory } from '../../drill/client-history.js';
import type { DrillResult } from '../../drill/drill.js';
import type { Ends } from '../../drill/ends.js';
import { Nemesis } from '../../drill/nemesis.js';
import type { OwnKiln } from '../../drill/own-kiln.js';
import type { Fault } from '../../drill/plan.js';
import { hasPassed, reportOf } from '../../drill/report.js';
import type { StubHost } from '../../drill/stub-host.js';
import { evidence, order } from './some-evidence.js';

afterEach(() => void vi.unstubAllGlobals());

const fault: Fault = {
  ...{ number: 1, victim: 'api', host: 0, act: 'kill', forMs: 0, atShare: 0, at: { afterMs: 0 } },
};
const NO_TIMES = { resumedP95Ms: null, lostWorkerToRunningP95Ms: null, lostBuilds: 0, stackResumedMs: null };

test('a fault whose victim was not found is said to be left out and counts as no kill', async () => {
  const said: string[] = [];
  const nemesis = new Nemesis({
    ...{ kiln: { pidOf: () => null } as unknown as OwnKiln, hosts: [], scratch: '/none' },
    ...{ shareEnded: () => 0, acknowledged: () => 0, say: (text) => void said.push(text), backTimeoutMs: 1 },
  });
  await nemesis.run([fault]);
  expect(nemesis.done).toEqual([]);
  expect(said).toEqual(['fault 1: left out, for there was no api in time']);
});

test('a victim that does not come back is told by the nemesis, also where that is found out while it waits', async () => {
  let number = 0;
  const nemesis = new Nemesis({
    kiln: { db: { query: async () => [{ last: String(number++) }] } } as unknown as OwnKiln,
    hosts: [{ workerId: 'w', lose: () => Promise.reject(new Error('gone')) } as unknown as StubHost],
    ...{ scratch: '/none', shareEnded: () => 0, acknowledged: () => 0, say: () => undefined },
  });
  const atPoint: Fault = { ...fault, victim: 'host', at: { point: 'grant', when: 'after' } };
  await expect(nemesis.run([atPoint])).rejects.toThrow('gone');
});

test('a drill that left a fault out has not passed, and its report names the fault', () => {
  const result: DrillResult = {
    ...{ evidence: evidence(), violations: [], faults: [], leftOut: [fault], times: NO_TIMES },
  };
  const report = reportOf(result, { seed: 1, seconds: 1 });
  expect(report.left_out).toEqual([expect.stringMatching(/api +SIGKILL/)]);
  expect(hasPassed(report)).toBe(false);
  expect(hasPassed({ ...report, left_out: [] })).toBe(true);
});

test('orders go on while one more is asked for, each under a key of its own, and all that were sent are told', async () => {
  const keys: (string | undefined)[] = [];
  vi.stubGlobal('fetch', async (_url: string, { headers }: { headers: Record<string, string> }) => {
    keys.push(headers['idempotency-key']);
    return Response.json({ id: `b${keys.length}` });
  });
  const sent = await runClients([order], {
    ...{ atOnce: 1, history: new ClientHistory('/dev/null'), endTimeoutMs: 1 },
    ends: { of: async () => 'success' } as unknown as Ends,
    ...{ apiUrl: () => '', tokenFor: () => '', bodyOf: () => ({}), mayBegin: () => true },
    oneMore: (number) => (number <= 3 ? { ...order, number } : null),
  });
  expect(sent.map(({ number }) => number)).toEqual([1, 2, 3]);
  expect(keys).toEqual(['order-1', 'order-2', 'order-3']);
});

test('a supervisor that is lost alone stays away until its builds run elsewhere, and those that do not are told', async () => {
  const did: string[] = [];
  const host = {
    workerId: 'w',
    loseSupervisor: async () => void did.push('lost'),
    start: async () => void did.push('started'),
  };
  const answers = [[{ id: 'b1' }, { id: 'b2' }], [{ id: 'b2' }]];
  const patiently = async (): Promise<unknown> => {
    did.push('asked');
    return answers.shift() ?? [];
  };
  const nemesis = (): Nemesis =>
    new Nemesis({
      ...{ kiln: { db: { patiently } } as unknown as OwnKiln, hosts: [host as unknown as StubHost] },
      ...{ scratch: '/none', shareEnded: () => 0, acknowledged: () => 0, say: () => undefined },
    });
  const alone: Fault = { ...fault, victim: 'supervisor', elsewhereWithinMs: 5_000 };
  const patient = nemesis();
  await patient.run([alone]);
  expect(did).toEqual(['lost', 'asked', 'asked', 'asked', 'started']);
  expect(patient.done).toMatchObject([{ lostWorkerIds: ['w'], notElsewhere: [] }]);

  answers.push([{ id: 'b3' }]);
  const hasty = nemesis();
  await hasty.run([{ ...alone, elsewhereWithinMs: 0 }]);
  expect(hasty.done).toMatchObject([{ notElsewhere: ['b3'] }]);
});
