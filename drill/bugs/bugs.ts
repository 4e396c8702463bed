import { alike, type Bug, faults } from './bug.js';

const DISPATCH = 'dist/src/storage/dispatch';
const BUILDS = 'dist/src/storage/builds';

const ACKNOWLEDGE_EARLY = `
function acknowledgeEarly(db, tenantId, work) {
  return new Promise((resolve, reject) => {
    inTenant(db, tenantId, async (tx) => {
      resolve(await work(tx));
      await new Promise((goOn) => setTimeout(goOn, 2_000));
    }).catch(reject);
  });
}
`;

/** What the drill has to notice. Each is a mistake that somebody could make. */
export const BUGS: readonly Bug[] = [
  {
    name: 'acknowledged-before-commit',
    what: 'a build is acknowledged before the commit of its acceptance, and the api dies',
    edits: [
      {
        file: `${BUILDS}/accept.js`,
        find: 'return inTenant(db, tenant.tenantId, async (tx) => {',
        replace: 'return acknowledgeEarly(db, tenant.tenantId, async (tx) => {',
      },
      { file: `${BUILDS}/accept.js`, find: '//# sourceMappingURL=accept.js.map', replace: ACKNOWLEDGE_EARLY },
    ],
    sabotage: [],
    orders: alike(4),
    plan: faults({ victim: 'api', act: 'kill', at: { afterAcknowledgement: true } }),
    // A build that is not there has no end.
    endTimeoutMs: 20_000,
    breaks: ['G1'],
    shows: /there is no such build/,
  },
  {
    name: 'no-fence-check',
    what: 'the fence of a lease is not looked at, and a host that was thought lost goes on',
    edits: [
      {
        file: `${DISPATCH}/hold-lease.js`,
        find: 'if (lease === undefined || lease.fence !== fence || holder.fence !== fence)',
        replace: 'if (false)',
      },
      { file: `${DISPATCH}/renew-lease.js`, find: `.where('state', '=', 'active')`, replace: '' },
      {
        file: `${DISPATCH}/append-log.js`,
        find: 'if (counted.numUpdatedRows === 0n)',
        replace: 'if (false)',
      },
    ],
    sabotage: [],
    orders: alike(7, { seconds: 14, lines: 140 }),
    // Its runs go on while it stands still.
    plan: faults({
      ...{ victim: 'host', act: 'stop', forMs: 6_000, untilLost: true, at: { whileBuilding: true } },
    }),
    breaks: ['G3'],
  },
  {
    name: 'lost-activity-awaited',
    what: 'a build whose lease is lost waits for the activity on its old host, which has lost its supervisor and never tells of an end',
    edits: [
      {
        file: 'dist/workflow-bundle.js',
        find: `if (reason !== 'lost')\n        await endedOrLost(run, lease, () => ended !== null);`,
        replace: 'await end;',
      },
    ],
    sabotage: [],
    orders: alike(7, { seconds: 6 }),
    plan: faults({
      ...{ victim: 'supervisor', act: 'kill', forMs: 6_000, at: { whileBuilding: true } },
      elsewhereWithinMs: 40_000,
    }),
    breaks: ['G1'],
    shows: /ran nowhere else|nothing had struck it/,
  },
  {
    name: 'key-not-unique',
    what: 'the unique index of the idempotency keys is gone, and a request is repeated',
    edits: [
      {
        file: `${BUILDS}/idempotency.js`,
        find: `.onConflict((conflict) => conflict.columns(['tenant_id', 'idempotency_key']).doNothing())`,
        replace: '',
      },
    ],
    sabotage: [`ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_pkey`],
    orders: alike(6, { repeats: 2 }),
    plan: [],
    breaks: ['G6'],
  },
  {
    name: 'slot-released-twice',
    what: 'the slot of a build is given back twice',
    edits: [
      {
        file: `${DISPATCH}/close-lease.js`,
        find: `eb('current_builds_count', '-', 1)`,
        replace: `eb.fn('greatest', [eb('current_builds_count', '-', 2), eb.lit(0)])`,
      },
    ],
    sabotage: [],
    orders: alike(20),
    plan: [],
    breaks: ['G3'],
  },
  {
    name: 'too-many-leases',
    what: 'dispatch does not count what it grants, and the guard of the slots is gone',
    edits: [
      {
        file: `${DISPATCH}/grant-next.js`,
        find: 'freeSlots: other.freeSlots - 1',
        replace: 'freeSlots: other.freeSlots',
      },
    ],
    sabotage: [`DROP TRIGGER guard_worker ON build_workers`],
    orders: alike(24, { seconds: 1 }),
    plan: [],
    breaks: ['G3'],
  },
  {
    name: 'end-changes',
    what: 'the guard of terminal statuses is gone, and a cancel changes the end of a build',
    edits: [
      {
        file: `${BUILDS}/request-cancel.js`,
        find: 'if (!isTerminal(row.status)) {',
        replace: `if (isTerminal(row.status)) await tx.updateTable('builds').set({ status: 'cancelled' }).where('id', '=', buildId).execute(); else {`,
      },
    ],
    sabotage: [`DROP TRIGGER guard_build ON builds`, `GRANT UPDATE ON builds TO kiln_api`],
    orders: alike(6, { cancelAfterMs: 'end' }),
    plan: [],
    breaks: ['G2'],
  },
  {
    name: 'cancel-forgotten',
    what: 'a cancel is acknowledged and not written down',
    edits: [
      {
        file: `${BUILDS}/request-cancel.js`,
        find: 'if (row.cancel_requested_at === null) {',
        replace: 'if (false) {',
      },
    ],
    sabotage: [],
    orders: alike(6, { seconds: 3, cancelAfterMs: 1_000 }),
    plan: [],
    breaks: ['G1'],
    shows: /is not written down/,
  },
  {
    name: 'tag-after-cancel',
    what: 'neither the workflow nor the host nor the publication heeds a cancel',
    edits: [
      {
        file: `${BUILDS}/move-tags.js`,
        find: 'if (build.cancel_requested_at !== null)',
        replace: 'if (false)',
      },
      {
        file: `${DISPATCH}/renew-lease.js`,
        find: 'build.cancel_requested_at !== null',
        replace: 'false',
      },
      {
        file: `${DISPATCH}/begin-publication.js`,
        find: 'if (build.cancel_requested_at !== null)',
        replace: 'if (false)',
      },
      {
        file: `${DISPATCH}/request-lease.js`,
        find: 'if (build.cancel_requested_at !== null)',
        replace: 'if (false)',
      },
      { file: 'dist/workflow-bundle.js', find: 'this.cancelRequested = true;', replace: '' },
    ],
    sabotage: [],
    orders: alike(6, { seconds: 10, cancelAfterMs: 'begin' }),
    plan: [],
    breaks: ['G8'],
  },
  {
    name: 'tag-not-moved',
    what: 'a success is recorded without its tags',
    edits: [
      {
        file: `${BUILDS}/move-tags.js`,
        find: 'moveInTime(target, move, limit, options.signal)',
        replace: 'Promise.resolve()',
      },
    ],
    sabotage: [],
    orders: alike(4),
    plan: [],
    breaks: ['G4'],
  },
  {
    name: 'chunk-dropped',
    what: 'a chunk of a log is lost, and the seal is believed',
    edits: [
      {
        file: `${DISPATCH}/append-log.js`,
        find: 'if (chunks.length === 0)',
        replace: 'chunks = chunks.filter(({ chunk }) => chunk !== 1);\n        if (chunks.length === 0)',
      },
      { file: `${DISPATCH}/check-log.js`, find: 'if (missing.length > 0)', replace: 'if (false)' },
      { file: `${DISPATCH}/check-log.js`, find: 'if (wrong.length > 0)', replace: 'if (false)' },
    ],
    sabotage: [],
    orders: alike(4, { lines: 1_500 }),
    plan: [],
    breaks: ['G5'],
  },
  {
    name: 'message-lost',
    what: 'what the outbox is to say of a granted lease is lost',
    edits: [],
    sabotage: [
      `CREATE FUNCTION drill.lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
      `CREATE TRIGGER drill_lose BEFORE INSERT ON outbox FOR EACH ROW
       WHEN (NEW.message ->> 'kind' = 'lease_granted') EXECUTE FUNCTION drill.lose()`,
      `GRANT USAGE ON SCHEMA drill TO PUBLIC`,
    ],
    orders: alike(6),
    plan: [],
    breaks: ['G7'],
  },
  {
    name: 'lease-kept',
    what: 'the lease of a build that is over is not given back',
    edits: [
      {
        file: `${DISPATCH}/close-lease.js`,
        find: 'const closed = await tx',
        replace: `if (reason === 'released') return false;\n    const closed = await tx`,
      },
      {
        file: `${DISPATCH}/lose-lease.js`,
        find: 'if (!(await closeLease(',
        replace: 'if (isTerminal(build.status)) return false;\n    if (!(await closeLease(',
      },
    ],
    sabotage: [],
    orders: alike(4),
    plan: [],
    breaks: ['G9'],
  },
  {
    name: 'run-left',
    what: 'the processes of a cancelled run are not ended',
    edits: [
      {
        file: 'dist/src/runners/local/local-runner.js',
        find: 'async function stop(folder, graceMs) {',
        replace: 'async function stop(folder, graceMs) {\n    return;',
      },
    ],
    sabotage: [],
    orders: alike(4, { seconds: 60, cancelAfterMs: 5_000 }),
    plan: [],
    // What is left has to be there still when it is looked for.
    endTimeoutMs: 15_000,
    breaks: ['G9'],
  },
  {
    name: 'staging-kept',
    what: 'staging is said to be empty and is not',
    edits: [
      {
        file: 'dist/src/controller/clean-up.js',
        find: 'registry.untag(left.stagingRepository, tag, either)',
        replace: 'Promise.resolve(true)',
      },
    ],
    sabotage: [],
    orders: alike(4),
    plan: [],
    breaks: ['G9'],
  },
];
