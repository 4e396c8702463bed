import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { ensureKeyringFile } from '../../../src/adapters/keyring/keyring-file.js';
import { createSealer } from '../../../src/adapters/keyring/sealer.js';
import { NotificationPayload } from '../../../src/contracts/notifications.js';
import { MOST_TRIES } from '../../../src/domain/notifications/retry-schedule.js';
import type { TargetKind } from '../../../src/domain/notifications/target-kind.js';
import type { DueNotification, NewTarget } from '../../../src/ports/notifications.js';
import type { Sealer } from '../../../src/ports/secrets.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import { createBuildStore } from '../../../src/storage/builds/build-store.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { createBadgeStore } from '../../../src/storage/identity/badge-store.js';
import { createDueNotifications } from '../../../src/storage/notifications/due-notifications.js';
import { createNotificationStore } from '../../../src/storage/notifications/notification-store.js';
import { createNotificationTargetStore } from '../../../src/storage/notifications/target-store.js';
import { rewrapValues } from '../../../src/storage/secrets/rewrap-values.js';
import { aBuild, aName, anOutcome, aProject, aRunningBuild, aTenant, finish } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const SECRET = 'whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy0wMTIzNDU2Nzg5';
const COMMIT = 'a'.repeat(40);
let db: FreshDatabase;
let folder: string;
let sealer: Sealer;
beforeAll(async () => {
  db = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), 'kiln-notifications-'));
  await ensureKeyringFile(join(folder, 'keyring.json'));
  sealer = createSealer(join(folder, 'keyring.json'));
});
afterEach(async () => {
  await sql`DELETE FROM notification_targets`.execute(db.admin);
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

const targets = () => createNotificationTargetStore(db.api, sealer);
const store = () => createNotificationStore(db.api);
const due = (claimMs?: number) => createDueNotifications(db.controller, sealer, claimMs);
const NONE = new Map<string, number>();
const takeAll = async (from = due()) => (await from.take(100, 100, NONE)).taken;

async function aTarget(tenant: TenantContext, kind: TargetKind = 'webhook', over: Partial<NewTarget> = {}) {
  const isWebhook = kind === 'webhook';
  return targets().create(
    tenant,
    {
      ...{ name: aName('target'), kind, projectId: null, isActive: true },
      url: isWebhook ? 'https://hooks.example.com' : 'https://git.example.com/api/v1',
      gitHost: isWebhook ? null : 'git.example.com',
      events: ['queued', 'in_progress', 'success', 'failed', 'cancelled'],
      ...over,
    },
    SECRET,
  );
}

const gitSource = (commit: string | null, url = 'https://git.example.com/team/app.git') => ({
  source: {
    kind: 'git' as const,
    url,
    ref: 'main',
    folder: null,
    submodules: false,
    lfs: false,
    depth: null,
  },
  options: {},
  git: { commit, branch: 'main', author: null, message: null },
});

async function written(tenant: TenantContext, targetId: string) {
  const { items } = await store().list(tenant, targetId, { state: null, limit: 100, cursor: null });
  const bodies = await Promise.all(items.map(({ id }) => store().get(tenant, id)));
  return bodies.reverse();
}

test('each change of a status writes a notification, with what is known of the build then', async () => {
  const running = await aRunningBuild(db);
  const { tenant } = running;
  const target = await aTarget(tenant);
  await finish(db, running.holder, anOutcome());
  await createBuildStore(db.api).requestCancel(tenant, running.build.id);
  await aBuild(db, tenant, running.project.id, gitSource(COMMIT));
  const all = await written(tenant, target.id);
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM build_status_history h
    WHERE tenant_id = ${tenant.tenantId} AND changed_at >= ${target.createdAt}::timestamptz`.execute(
    db.admin,
  );
  expect(all).toHaveLength(rows[0]!.n);
  const payloads = all.map(({ payload }) => NotificationPayload.parse(JSON.parse(payload)));
  expect(payloads.at(-1)).toMatchObject({
    type: 'build.queued',
    data: {
      ...{ status: 'queued', previous_status: null, commit: COMMIT, branch: 'main' },
      repository_url: 'https://git.example.com/team/app.git',
    },
  });
});

test('it comes and goes with the transaction that changes the status', async () => {
  const running = await aRunningBuild(db);
  const target = await aTarget(running.tenant);
  const write = (then: () => void) =>
    db.controller.transaction().execute(async (tx) => {
      await sql`INSERT INTO build_status_history (tenant_id, build_id, from_status, to_status, changed_by_system, changed_at)
        VALUES (${running.tenant.tenantId}, ${running.build.id}, 'in_progress', 'queued', true, now())`.execute(
        tx,
      );
      then();
    });
  await expect(
    write(() => {
      throw new Error('undone');
    }),
  ).rejects.toThrow('undone');
  expect(await written(running.tenant, target.id)).toEqual([]);
  await write(() => undefined);
  expect(await written(running.tenant, target.id)).toHaveLength(1);
});

test('a target hears of the builds of its project and of the statuses that it named, and nothing of other tenants', async () => {
  const tenant = await aTenant(db);
  const [mine, other] = [await aProject(db, tenant), await aProject(db, tenant)];
  const ofMine = await aTarget(tenant, 'webhook', { projectId: mine.id });
  const ofFailures = await aTarget(tenant, 'webhook', { events: ['failed'] });
  const off = await aTarget(tenant, 'webhook', { isActive: false });
  const foreign = await aTenant(db);
  const ofOthers = await aTarget(foreign);
  await aBuild(db, tenant, mine.id);
  await aBuild(db, tenant, other.id);
  expect(await written(tenant, ofMine.id)).toHaveLength(1);
  expect(await written(tenant, ofFailures.id)).toHaveLength(0);
  expect(await written(tenant, off.id)).toHaveLength(0);
  expect(await written(foreign, ofOthers.id)).toHaveLength(0);
});

test('a commit gets a status from the host of its source alone', async () => {
  const tenant = await aTenant(db);
  const { id } = await aProject(db, tenant);
  const target = await aTarget(tenant, 'gitea');
  for (const url of [
    'https://git.example.com/a/b.git',
    'ssh://me@git.example.com:2222/a/b',
    'git@git.example.com:a/b.git',
  ])
    await aBuild(db, tenant, id, gitSource(COMMIT, url));
  for (const url of [
    'https://other.example.com/git.example.com/b.git',
    'https://git.example.com.evil.test/a/b.git',
  ])
    await aBuild(db, tenant, id, gitSource(COMMIT, url));
  await aBuild(db, tenant, id, gitSource(null));
  await aBuild(db, tenant, id);
  expect(await written(tenant, target.id)).toHaveLength(3);
});

test('a build of a branch tells of its commit when its host has found it', async () => {
  const running = await aRunningBuild(db, gitSource(null));
  const [ofCommits, ofAll] = [
    await aTarget(running.tenant, 'github', { gitHost: 'git.example.com' }),
    await aTarget(running.tenant),
  ];
  const found = { commit: COMMIT, branch: 'main', author: null, message: null };
  await createLeaseGate(db.api).recordSource(running.holder, 1, found as never);
  const [one, ...more] = await written(running.tenant, ofCommits.id);
  expect(more).toEqual([]);
  expect(JSON.parse(one!.payload)).toMatchObject({ type: 'build.in_progress', data: { commit: COMMIT } });
  expect(await written(running.tenant, ofAll.id)).toEqual([]);
});

test('of two that take, each notification goes to one, and to nobody else while its claim lasts', async () => {
  const tenant = await aTenant(db);
  const { id } = await aTarget(tenant);
  for (let count = 0; count < 20; count += 1) await store().putTest(tenant, id);
  const [one, two] = [due(), due()];
  const both = await Promise.all([one.take(10, 100, NONE), two.take(10, 100, NONE)]);
  const ids = both.flatMap(({ taken }) => taken.map((each) => each.id));
  expect(new Set(ids).size).toBe(20);
  expect(await takeAll()).toEqual([]);
});

test('what a killed controller had in hand is sent again under the same id, and what it says late counts no more', async () => {
  const tenant = await aTenant(db);
  const target = await aTarget(tenant);
  await store().putTest(tenant, target.id);
  const short = due(1);
  const [first] = await takeAll(short);
  await expect.poll(() => takeAll(due())).toHaveLength(1);
  const { attempts } = await store().get(tenant, first!.id);
  expect(attempts).toBe(2);
  await short.dead(first!, { because: 'late', responseStatus: null });
  expect(await store().get(tenant, first!.id)).toMatchObject({ state: 'pending', attempts: 2 });
});

test('a long row of one target keeps no other waiting', async () => {
  const tenant = await aTenant(db);
  const [busy, calm] = [await aTarget(tenant), await aTarget(tenant)];
  for (let count = 0; count < 30; count += 1) await store().putTest(tenant, busy.id);
  await store().putTest(tenant, calm.id);
  const { taken } = await due().take(10, 4, NONE);
  expect(taken.filter(({ targetId }) => targetId === busy.id)).toHaveLength(4);
  expect(taken.filter(({ targetId }) => targetId === calm.id)).toHaveLength(1);
  const again = await due().take(10, 4, new Map([[busy.id, 0]]));
  expect(again.taken).toEqual([]);
  expect(await due().nextLookMs([busy.id])).toBeGreaterThan(1_000);
  expect(await due().nextLookMs([])).toBeLessThan(100);
});

test('of the statuses of a commit one is on its way at a time, and an older one gives way to a newer', async () => {
  const tenant = await aTenant(db);
  const { id } = await aProject(db, tenant);
  const target = await aTarget(tenant, 'gitlab');
  await aBuild(db, tenant, id, gitSource(COMMIT));
  const [first] = await takeAll();
  await aBuild(db, tenant, id, gitSource(COMMIT));
  await aBuild(db, tenant, id, gitSource(COMMIT));
  expect(await takeAll()).toEqual([]);
  await due().failed(first!, { because: 'it answered 500', responseStatus: 500 }, 60_000);
  const [next, ...more] = await takeAll();
  expect(more).toEqual([]);
  await due().delivered(next!, 201);
  await sql`UPDATE notification_deliveries SET next_attempt_at = now() WHERE delivery_state = 'pending'`.execute(
    db.admin,
  );
  expect(await takeAll()).toEqual([]);
  const all = await written(tenant, target.id);
  expect(all.map(({ state }) => state)).toEqual(['superseded', 'superseded', 'delivered']);
  expect(all[2]!.id).toBe(next!.id);
  expect(all[0]!.errorMessage).toContain('newer');
});

test('a receiver that is gone is switched off, what waits for it is dead with the reason, and can be replayed', async () => {
  const tenant = await aTenant(db);
  const target = await aTarget(tenant);
  for (let count = 0; count < 3; count += 1) await store().putTest(tenant, target.id);
  const { taken } = await due().take(1, 1, NONE);
  await due().gone(taken[0]!, { because: 'It answered 410.', responseStatus: 410 });
  expect(await targets().get(tenant, target.name)).toMatchObject({
    ...{ isActive: false, pendingCount: 0, deadCount: 3, disabled: { reason: 'It answered 410.' } },
  });
  for (const one of await written(tenant, target.id)) expect(one.errorMessage).toContain('410');
  await targets().change(tenant, target.name, { isActive: true });
  expect(await store().replayDead(tenant, target.id)).toBe(3);
  const again = await takeAll();
  expect(again.map(({ id }) => id).sort()).toEqual(
    (await written(tenant, target.id)).map(({ id }) => id).sort(),
  );
  expect(again[0]).toMatchObject({ attempts: 1, replayCount: 1 });
});

test('what was written for a target that is switched off meanwhile is dead with a reason', async () => {
  const tenant = await aTenant(db);
  const target = await aTarget(tenant);
  await store().putTest(tenant, target.id);
  await targets().change(tenant, target.name, { isActive: false });
  expect(await due().take(10, 10, NONE)).toMatchObject({ taken: [], aside: [{ state: 'dead' }] });
});

test('one whose last try nobody knows the outcome of is dead, and says so', async () => {
  const tenant = await aTenant(db);
  const target = await aTarget(tenant);
  await store().putTest(tenant, target.id);
  await sql`UPDATE notification_deliveries SET attempts = ${MOST_TRIES}`.execute(db.admin);
  const { taken, aside } = await due().take(10, 10, NONE);
  expect(taken).toEqual([]);
  expect(aside[0]?.because).toContain('may have arrived');
});

test('a replay while it is on its way waits for that, and what comes of it counts no more', async () => {
  const tenant = await aTenant(db);
  const target = await aTarget(tenant);
  const { id } = await store().putTest(tenant, target.id);
  const [taken] = await takeAll();
  await store().replay(tenant, id);
  expect(await takeAll()).toEqual([]);
  await due().delivered(taken!, 200);
  expect(await store().get(tenant, id)).toMatchObject({ state: 'pending', replayCount: 1, attempts: 0 });
});

test('secrets are sealed, bound to the address that gets a token, and live through another master key', async () => {
  const tenant = await aTenant(db);
  const [hook, host] = [await aTarget(tenant), await aTarget(tenant, 'github')];
  await aBuild(db, tenant, (await aProject(db, tenant)).id, gitSource(COMMIT));
  const byTarget = (rows: readonly DueNotification[], targetId: string) =>
    rows.find((one) => one.targetId === targetId)!;
  const taken = await takeAll();
  expect(await due().secretOf(byTarget(taken, hook.id))).toEqual({ current: SECRET, previous: null });
  const ofHost = byTarget(taken, host.id);
  await expect(due().secretOf({ ...ofHost, url: 'https://evil.example.com' })).rejects.toMatchObject({
    code: 'secret_unreadable',
  });
  await expect(
    targets().change(tenant, host.name, { url: 'https://evil.example.com' }),
  ).rejects.toMatchObject({
    code: 'invalid_request',
  });
  const { rows } = await sql<{
    text: string;
  }>`SELECT row_to_json(t)::text AS text FROM notification_targets t`.execute(db.admin);
  expect(rows.some(({ text }) => text.includes('whsec_'))).toBe(false);
  const { unreadable } = await rewrapValues(db.controller, sealer);
  expect(unreadable).toBe(0);
});

test('after a rotation the old secret signs too, for a time', async () => {
  const tenant = await aTenant(db);
  const target = await aTarget(tenant);
  const until = new Date(Date.now() + 60_000);
  await targets().rotate(tenant, target.name, 'whsec_bmV3', until);
  await store().putTest(tenant, target.id);
  const [taken] = await takeAll();
  expect(await due().secretOf(taken!)).toEqual({
    ...{ current: 'whsec_bmV3', previous: { secret: SECRET, until: until.toISOString() } },
  });
  const host = await aTarget(tenant, 'github');
  await expect(targets().rotate(tenant, host.name, 'x', until)).rejects.toMatchObject({ code: 'conflict' });
});

test('a badge says how the newest build of a branch has ended, to who has its address', async () => {
  const running = await aRunningBuild(db);
  const { tenant, project } = running;
  const badges = createBadgeStore(db.api);
  const { token } = await badges.switchOn(tenant, project.id);
  expect(await badges.read(token, project.slug, null)).toEqual({ status: null });
  await createBuildStore(db.api).requestCancel(tenant, running.build.id);
  await sql`UPDATE builds SET status = 'failed', completed_at = now(), branch = 'main' WHERE id = ${running.build.id}`.execute(
    db.controller,
  );
  expect(await badges.read(token, project.slug, 'main')).toEqual({ status: 'failed' });
  expect(await badges.read(token, project.slug, 'other')).toEqual({ status: null });
  expect(await badges.read(token, 'another-project', null)).toBeNull();
  const newer = await badges.switchOn(tenant, project.id);
  expect(await badges.read(token, project.slug, null)).toBeNull();
  await badges.switchOff(tenant, project.id);
  expect(await badges.read(newer.token, project.slug, null)).toBeNull();
});
