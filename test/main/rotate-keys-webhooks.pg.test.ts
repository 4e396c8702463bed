import { createSealer } from '../../src/adapters/keyring/sealer.js';
import { readKeyringFile } from '../../src/adapters/keyring/keyring-file.js';
import { checkKeys } from '../../src/embedded/verify/check-keys.js';
import { rotate } from '../../src/main/keys/rotate-keys.js';
import { countByKey } from '../../src/storage/secrets/rewrap-values.js';
import { snapshot } from '../../src/storage/transact.js';
import { createWebhookIntake } from '../../src/storage/webhooks/intake.js';
import { aWebhookWorld, genericPush, SECRET } from '../support/webhook-world.js';

const ROTATIONS = 3;

it('deliveries are accepted before, while and after their secrets are sealed anew', async () => {
  const world = await aWebhookWorld();
  const webhooks = await Promise.all(Array.from({ length: 10 }, () => world.aWebhook('generic')));
  const sent = { count: 0, refused: [] as unknown[] };
  const sendOne = async (): Promise<void> => {
    const { status, body } = await world.send(webhooks[sent.count % webhooks.length]!, genericPush());
    if (status !== 202) sent.refused.push(body);
    sent.count += 1;
  };
  await sendOne();
  const first = (await readKeyringFile(world.keyring)).current;
  let isOver = false;
  const sending = Array.from({ length: 4 }, async () => {
    while (!isOver) await sendOne();
  });

  for (let rotation = 0; rotation < ROTATIONS; rotation++) {
    const before = sent.count;
    const { rewrapped, unreadable } = await rotate(
      world.keyring,
      createSealer(world.keyring),
      world.db.controller,
      { retire: true, continued: false },
    );
    expect({ rewrapped, unreadable }).toEqual({ rewrapped: webhooks.length, unreadable: 0 });
    while (sent.count < before + 20) await sendOne();
  }
  isOver = true;
  await Promise.all(sending);
  await sendOne();

  expect(sent.refused).toEqual([]);
  const { current, keys } = await readKeyringFile(world.keyring);
  expect([...keys.keys()]).toEqual([current]);
  expect(current).not.toBe(first);
  expect(await countByKey(world.db.controller)).toEqual(new Map([[current, webhooks.length]]));
  await world.close();
});

it('what the key of a webhook was lost for is told, and its deliveries are not taken for unsigned ones', async () => {
  const world = await aWebhookWorld();
  const webhook = await world.aWebhook('generic');
  const found = await createWebhookIntake(world.db.api, createSealer(world.keyring)).find(webhook.id);
  expect(found?.secret).toBe(SECRET);
  await world.db.admin.updateTable('webhook_configs').set({ key_id: 'lost' }).execute();

  const answer = await world.send(webhook, genericPush());

  expect(answer).toMatchObject({ body: { code: 'secret_unreadable' } });
  expect(await world.call(`/v1/webhooks/${webhook.name}`)).toMatchObject({ refused_count: 0 });
  const checked = await snapshot(world.db.controller, (tx) => checkKeys(tx, world.keyring));
  expect(checked).toMatchObject({ wrong: 1 });
  expect(checked.examples[0]).toContain(`secret of the webhook ${webhook.name} of `);
  await world.close();
});
