import type { ClientEvent } from '../../drill/client-history.js';
import type { AttemptFacts, BuildFacts, Effect, Evidence, LeaseFacts } from '../../drill/evidence.js';
import type { Order } from '../../drill/orders.js';

export const BUILD = 'b1';
export const DIGEST = 'sha256:aa';
export const TAG = 'registry/drill/app:order-1';
const SUM = { chunks: 1, lines: 2, bytes: 14, sha256: 'cc' };

export const order: Order = {
  ...{
    number: 1,
    isReal: false,
    project: 'app',
    seconds: 0,
    lines: 2,
    exitCode: 0,
    ignoresSigterm: false,
    hasChild: false,
  },
  ...{ repeats: 0, cancelAfterMs: null, isRetried: false },
};

export const build: BuildFacts = {
  ...{
    id: BUILD,
    tenantId: 't1',
    status: 'success',
    resultStatus: 'success',
    failureCode: null,
    failureReason: null,
  },
  ...{
    createdAtMs: 100,
    completedAtMs: 900,
    cancelRequestedAtMs: null,
    publishBeganAtMs: 700,
    tagsBeganAtMs: 800,
  },
  ...{
    destinations: [TAG],
    tagsMoved: [TAG],
    digest: DIGEST,
    stagedDigest: DIGEST,
    repository: 'registry/t1/app',
    attemptCount: 1,
  },
  ...{ cleanup: 'completed', isStagingKept: false, firstBuildId: null },
};

export const lease: LeaseFacts = {
  ...{ buildId: BUILD, tenantId: 't1', workerId: 'w1', attempt: 1, fence: 1 },
  ...{ grantedAtMs: 200, acknowledgedAtMs: 250, endedAtMs: 950, endedReason: 'released' },
};

export const attempt: AttemptFacts = {
  ...{ buildId: BUILD, attempt: 1, workerId: 'w1', endedReason: 'succeeded', note: null },
  ...{ sealed: SUM, stored: SUM, text: 'line 1\nline 2\n' },
};

let effects = 0;
export const effect = (kind: Effect['kind'], more: Partial<Effect> = {}): Effect => ({
  ...{
    number: (effects += 1),
    kind,
    buildId: BUILD,
    attempt: null,
    atMs: 300,
    before: null,
    after: null,
    isHeld: null,
  },
  ...more,
});

let requests = 0;
/** A request with its answer. */
export const request = (
  act: ClientEvent['act'],
  kind: ClientEvent['kind'],
  more: Partial<ClientEvent> = {},
): ClientEvent[] => {
  const asked = {
    request: (requests += 1),
    act,
    order: 1,
    key: act === 'cancel' ? null : (more.key ?? 'order-1'),
    buildId: null,
    atMs: 50,
  };
  return [
    { ...asked, kind: 'invoke' },
    { ...asked, kind, buildId: BUILD, ...more, atMs: more.atMs ?? 150 },
  ];
};

/** What a drill of one build leaves that kept every promise. */
export const evidence = (more: Partial<Evidence> = {}): Evidence => ({
  history: request('accept', 'ok'),
  orders: [order],
  builds: [build],
  leases: [lease],
  attempts: [attempt],
  workers: [{ id: 'w1', name: 'stub-1', slots: 1, counted: 0 }],
  tenantLimits: { t1: 1 },
  keys: [{ key: 'order-1', buildId: BUILD }],
  effects: [
    effect('accept'),
    effect('message', { after: 'start_build' }),
    effect('status', { before: 'queued', after: 'in_progress' }),
    effect('grant', { attempt: 1 }),
    effect('message', { after: 'lease_granted' }),
    effect('log', { attempt: 1, isHeld: true }),
    effect('outcome', { attempt: 1, isHeld: true }),
    effect('tag', { isHeld: true }),
    effect('status', { before: 'in_progress', after: 'success', atMs: 900 }),
  ],
  strikes: [],
  quarantines: [],
  outbox: [],
  openWorkflows: [],
  tags: [{ reference: TAG, digest: DIGEST, buildId: BUILD }],
  served: { [TAG]: DIGEST, [`registry/drill/app@${DIGEST}`]: DIGEST },
  staged: [],
  left: [],
  ...more,
});
