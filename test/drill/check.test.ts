import { describe, expect, it, test } from 'vitest';
import { check } from '../../drill/check/index.js';
import type { Evidence } from '../../drill/evidence.js';
import { build, BUILD, DIGEST, effect, evidence, lease, order, request, TAG } from './some-evidence.js';

/** What was found, without what goes on from it: a promise and the text of its evidence. */
const found = (more: Partial<Evidence>): string[] =>
  check(evidence(more)).map(({ promise, evidence: text }) => `${promise}: ${text}`);
const withEffects = (...more: Evidence['effects']): Partial<Evidence> => ({
  effects: [...evidence().effects, ...more],
});
const cancelledBuild = {
  ...build,
  ...{
    status: 'cancelled',
    resultStatus: 'cancelled',
    digest: null,
    tagsMoved: [],
    ...{ publishBeganAtMs: null, tagsBeganAtMs: null },
    cancelRequestedAtMs: 400,
  },
};
const cancelled: Partial<Evidence> = {
  history: [...request('accept', 'ok'), ...request('cancel', 'ok', { atMs: 450 })],
  builds: [cancelledBuild],
  effects: [
    ...evidence().effects.slice(0, -2),
    effect('message', { after: 'cancel_build' }),
    effect('status', { before: 'in_progress', after: 'cancelled' }),
  ],
  ...{ tags: [], served: {} },
};

test('a drill in which every promise was kept shows no violation', () => {
  expect(found({})).toEqual([]);
  expect(found(cancelled)).toEqual([]);
});

test('what was never answered may have been carried out or not', () => {
  const unknown = request('accept', 'unknown', { buildId: null });
  expect(found({ history: [...unknown, ...request('accept', 'ok')] })).toEqual([]);
});

describe('G1', () => {
  it('finds a build that was acknowledged and is not there', () => {
    expect(found({ builds: [] })).toEqual([
      expect.stringMatching(/^G1: accept of order 1 was acknowledged, and there is no such build/),
    ]);
  });
  it('finds a build that has no end', () => {
    const open = { ...build, status: 'in_progress', resultStatus: null, completedAtMs: null };
    expect(found({ builds: [open] })).toContain(
      'G1: it was accepted and has not ended: in_progress after 1 attempts',
    );
  });
  it('finds two builds of one key', () => {
    const other = { ...build, id: 'b2' };
    const history = [...request('accept', 'ok'), ...request('repeat', 'ok', { buildId: 'b2' })];
    expect(found({ history, builds: [build, other] })).toContain(
      'G1: repeat of order 1 under the key order-1 named b1 before',
    );
  });
  it('finds a cancel that was acknowledged and forgotten', () => {
    const history = [...request('accept', 'ok'), ...request('cancel', 'ok', { atMs: 400 })];
    expect(found({ history })).toEqual([
      expect.stringMatching(/^G1: cancel of order 1, .* is not written down$/),
    ]);
  });
  it('lets a cancel be that came when the build had ended', () => {
    expect(
      found({ history: [...request('accept', 'ok'), ...request('cancel', 'ok', { atMs: 1_000 })] }),
    ).toEqual([]);
  });
  it('finds a request that was never answered however often it was sent', () => {
    const history = [...request('accept', 'ok'), ...request('retry', 'unknown')];
    expect(found({ history })).toEqual(['G1: retry of order 1 was never answered']);
  });
});

describe('G2', () => {
  it('finds an end that changes', () => {
    const changed = withEffects(effect('status', { before: 'success', after: 'cancelled' }));
    expect(found({ ...changed, builds: [{ ...build, status: 'cancelled' }] })).toEqual(
      expect.arrayContaining([
        'G2: it had ended as success and became cancelled',
        'G2: it is cancelled and came to an end 2 times',
      ]),
    );
  });
  it('finds a result that says something else', () => {
    expect(found({ builds: [{ ...build, resultStatus: 'failed' }] })).toEqual([
      'G2: it is success, its result failed',
    ]);
  });
  it('finds a success whose builder failed, and a failing step that did not fail', () => {
    expect(found({ orders: [{ ...order, exitCode: 3 }] })).toEqual([
      'G2: its builder failed, and it is a success',
    ]);
    const failed = { ...build, status: 'failed', resultStatus: 'failed', failureCode: 'build_step_failed' };
    expect(found({ builds: [failed] })).toContain('G2: it failed by a step, and no step has failed');
  });
});

describe('G3', () => {
  const other = { ...lease, buildId: 'b2' };
  it('finds more leases than a host has slots, and more than a tenant may have', () => {
    expect(found({ leases: [lease, other] })).toEqual([
      'G3: stub-1 has 1 slots and held 2 leases at 200',
      'G3: tenant t1 may run 1 builds and ran 2 at 200',
    ]);
  });
  it('takes a lease that begins when another one ends for no overlap', () => {
    expect(found({ leases: [lease, { ...other, grantedAtMs: 950, endedAtMs: 990 }] })).toEqual([]);
  });
  it('finds two leases of one build, and fences that do not grow', () => {
    const two = [lease, { ...lease, workerId: 'w2', attempt: 2 }];
    expect(found({ leases: two, tenantLimits: {} })).toEqual(
      expect.arrayContaining(['G3: it held 2 leases at 200', 'G3: its fences do not grow: 1, 1']),
    );
  });
  it('finds a host that counts wrongly', () => {
    expect(found({ workers: [{ id: 'w1', name: 'stub-1', slots: 1, counted: 1 }] })).toEqual([
      'G3: stub-1 counts 1 builds and holds 0 leases',
    ]);
  });
  it.each(['log', 'step', 'outcome', 'publication', 'tag'] as const)(
    'finds a %s of a lease that is over',
    (kind) => {
      expect(found(withEffects(effect(kind, { attempt: 1, isHeld: false })))).toContain(
        `G3: ${kind} of attempt 1 at 300 came without a valid lease`,
      );
    },
  );
});

describe('G4', () => {
  it('finds a digest that the registry does not serve, and a tag elsewhere', () => {
    expect(found({ served: { [TAG]: 'sha256:bb' } })).toEqual([
      `G4: ${TAG}: the registry does not serve ${DIGEST}`,
      `G4: ${TAG} is sha256:bb, recorded is ${DIGEST}`,
    ]);
  });
  it('finds a success without a digest or without its tag', () => {
    expect(found({ builds: [{ ...build, digest: null }] })).toEqual(['G4: it is a success without a digest']);
    expect(found({ tags: [] })).toEqual([`G4: ${TAG}: no move of this tag is recorded`]);
  });
});

describe('G6', () => {
  it('finds a key that made two builds, and a build that nobody asked for', () => {
    const keys = [...evidence().keys, { key: 'order-1', buildId: 'b2' }];
    expect(found({ keys })).toEqual(['G6: order-1 made b1 and b2']);
    expect(found({ keys: [], history: [] })).toEqual(['G6: no key and no answer names it']);
  });
  it('finds more retries than were asked for', () => {
    const retries = ['b2', 'b3'].map((id) => ({ ...build, id, firstBuildId: BUILD }));
    const history = [...request('accept', 'ok'), ...request('retry', 'ok', { key: 'again', buildId: 'b2' })];
    const keys = [...evidence().keys, { key: 'order-1', buildId: BUILD }, { key: 'again', buildId: 'b2' }];
    expect(found({ builds: [build, ...retries], history, keys })).toContain(
      'G6: 2 retries of it for 1 requests',
    );
  });
});

describe('G7', () => {
  it('finds a change of which nobody was told', () => {
    const { effects } = evidence();
    expect(found({ effects: effects.filter(({ after }) => after !== 'start_build') })).toEqual([
      'G7: its start was written 0 times',
    ]);
    expect(found({ effects: effects.filter(({ after }) => after !== 'lease_granted') })).toEqual([
      'G7: 1 leases were granted, 0 messages written',
    ]);
  });
  it('finds a message that stays', () => {
    const outbox = [{ buildId: BUILD, message: 'cancel_build', lastError: 'unavailable' }];
    expect(found({ outbox })).toEqual(['G7: the message cancel_build was never sent: unavailable']);
  });
});

describe('G8', () => {
  it('finds a publication that began after the cancel', () => {
    const published = { ...build, cancelRequestedAtMs: 400 };
    const seen = found({
      ...cancelled,
      builds: [published],
      tags: evidence().tags,
      served: evidence().served,
    });
    expect(seen).toEqual(
      expect.arrayContaining([
        'G8: its publication began 300 ms after the cancel',
        'G8: its tags began to move 400 ms after the cancel',
        'G8: it is a success, though its cancel came before its tags',
      ]),
    );
  });
  it('finds a tag without a publication', () => {
    expect(found({ ...cancelled, served: { [TAG]: DIGEST } })).toContain(
      `G8: ${TAG} was moved though its publication never began`,
    );
  });
  it('finds a manifest without a publication, unless another build has sent it', () => {
    const manifest = `registry/drill/app@${DIGEST}`;
    const served = { [manifest]: DIGEST };
    expect(found({ ...cancelled, served })).toEqual([
      `G8: ${manifest} is served though its publication never began`,
    ]);
    const begun = { ...cancelledBuild, failureReason: 'Cancelled after its publication had begun.' };
    expect(found({ ...cancelled, served, builds: [{ ...begun, publishBeganAtMs: 300 }] })).toEqual([]);
    const other = { ...build, id: 'b2' };
    expect(found({ ...cancelled, served, builds: [cancelledBuild, other] }).join()).not.toContain('G8');
  });
  it('wants the end to say that the publication had begun', () => {
    const begun = { ...cancelledBuild, publishBeganAtMs: 300, tagsBeganAtMs: 350, tagsMoved: [TAG] };
    const moved = { ...cancelled, tags: evidence().tags, served: evidence().served };
    expect(found({ ...moved, builds: [begun] })).toEqual([
      'G8: its publication had begun, and its end does not say so',
    ]);
    const said = {
      ...begun,
      failureReason: `The build was cancelled after its publication had begun; moved: ${TAG}.`,
    };
    expect(found({ ...moved, builds: [said] })).toEqual([]);
  });
});

describe('G9', () => {
  it('finds a lease that is still valid', () => {
    const workers = [{ id: 'w1', name: 'stub-1', slots: 1, counted: 1 }];
    expect(found({ leases: [{ ...lease, endedAtMs: null }], workers })).toEqual([
      'G9: the lease of attempt 1 is still valid',
    ]);
  });
  it('finds workflows, tags in staging, and what is left on the machine', () => {
    const left = [{ kind: 'process' as const, what: '7 node script.js', buildId: BUILD }];
    const staged = [{ buildId: BUILD, reference: 'registry/t1/app-staging:b1-1' }];
    expect(found({ openWorkflows: ['build/b1', 'retry/b1'], left, staged })).toEqual([
      'G9: the workflow build/b1 is open',
      'G9: the workflow retry/b1 is open',
      'G9: registry/t1/app-staging:b1-1 lies in staging',
      'G9: a process is left: 7 node script.js',
    ]);
  });
  it('finds a clean-up that was not done, and lets staging be that a retry may go on from', () => {
    expect(found({ builds: [{ ...build, cleanup: 'pending' }] })).toEqual(['G9: its clean-up is pending']);
    expect(found({ builds: [{ ...build, cleanup: 'pending', isStagingKept: true }] })).toEqual([]);
  });
});
