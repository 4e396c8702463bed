import { sql } from 'kysely';
import type { DueNotification } from '../../../src/ports/notifications.js';
import { rewrapValues } from '../../../src/storage/secrets/rewrap-values.js';
import { aBuild, aProject, aTenant } from '../../support/builds.js';
import { aNotificationWorld, COMMIT, gitSource, SECRET } from './notification-world.js';

let world: Awaited<ReturnType<typeof aNotificationWorld>>;
beforeAll(async () => {
  world = await aNotificationWorld();
});
afterEach(() => world.removeTargets());
afterAll(() => world.close());

test('secrets are sealed, bound to the address that gets a token, and live through another master key', async () => {
  const tenant = await aTenant(world.db);
  const [hook, host] = [await world.aTarget(tenant), await world.aTarget(tenant, 'github')];
  await aBuild(world.db, tenant, (await aProject(world.db, tenant)).id, gitSource(COMMIT));
  const byTarget = (rows: readonly DueNotification[], targetId: string) =>
    rows.find((one) => one.targetId === targetId)!;
  const taken = await world.takeAll();
  expect(await world.due().secretOf(byTarget(taken, hook.id))).toEqual({ current: SECRET, previous: null });
  const ofHost = byTarget(taken, host.id);
  await expect(world.due().secretOf({ ...ofHost, url: 'https://evil.example.com' })).rejects.toMatchObject({
    code: 'secret_unreadable',
  });
  await expect(
    world.targets.change(tenant, host.name, { url: 'https://evil.example.com' }),
  ).rejects.toMatchObject({
    code: 'invalid_request',
  });
  const { rows } = await sql<{
    text: string;
  }>`SELECT row_to_json(t)::text AS text FROM notification_targets t`.execute(world.db.admin);
  expect(rows.some(({ text }) => text.includes('whsec_'))).toBe(false);
  const { unreadable } = await rewrapValues(world.db.controller, world.sealer);
  expect(unreadable).toBe(0);
});

test('after a rotation the old secret signs too, for a time', async () => {
  const tenant = await aTenant(world.db);
  const target = await world.aTarget(tenant);
  const until = new Date(Date.now() + 60_000);
  await world.targets.rotate(tenant, target.name, 'whsec_bmV3', until);
  await world.store.putTest(tenant, target.id);
  const [taken] = await world.takeAll();
  expect(await world.due().secretOf(taken!)).toEqual({
    ...{ current: 'whsec_bmV3', previous: { secret: SECRET, until: until.toISOString() } },
  });
  const host = await world.aTarget(tenant, 'github');
  await expect(world.targets.rotate(tenant, host.name, 'x', until)).rejects.toMatchObject({
    code: 'conflict',
  });
});
