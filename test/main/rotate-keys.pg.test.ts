import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import {
  ensureKeyringFile,
  readKeyringFile,
  writeKeyringFile,
} from '../../src/adapters/keyring/keyring-file.js';
import { createSealer } from '../../src/adapters/keyring/sealer.js';
import { define } from '../../src/main/keys.js';
import { rotate } from '../../src/main/keys/rotate-keys.js';
import { createCredentialStore } from '../../src/storage/secrets/credential-store.js';
import { announceKeyring } from '../../src/storage/secrets/keyring-presence.js';
import { createLeaseSecrets } from '../../src/storage/secrets/lease-secrets.js';
import { createSecretStore } from '../../src/storage/secrets/secret-store.js';
import { createSecretVault } from '../../src/storage/secrets/secret-vault.js';
import { countByKey } from '../../src/storage/secrets/rewrap-values.js';
import { aRunningBuild, aTenant } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';

let db: FreshDatabase;
let folder: string;
let file: string;
beforeAll(async () => {
  db = await freshDatabase();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kiln-rotate-'));
  file = path.join(folder, 'keyring.json');
  await ensureKeyringFile(file);
});
afterEach(async () => {
  await db.admin.deleteFrom('secrets').execute();
  await db.admin.deleteFrom('credentials').execute();
  await rm(folder, { recursive: true });
});
afterAll(() => db.close());

const COUNT = 1200;

test('rotation under load: no read fails, every value is under the new key, the old keyring opens none', async () => {
  const names = Array.from({ length: COUNT }, (_, index) => `secret-${index}`);
  const used = names.slice(0, 20);
  const { tenant, holder, project } = await aRunningBuild(db, {
    options: { secrets: used.map((name) => ({ id: name, name })) },
  });
  const secrets = createSecretStore(db.api, createSealer(file));
  const credentials = createCredentialStore(db.api, createSealer(file));
  const registry = { kind: 'registry' as const, host: 'r.example', username: 'me', knownHosts: null };
  await credentials.put(tenant, null, { ...registry, value: Buffer.from('a password') });
  for (let at = 0; at < COUNT; at += 20) {
    await Promise.all(
      names
        .slice(at, at + 20)
        .map((name) => secrets.put(tenant, null, name, Buffer.from(`value of ${name}`))),
    );
  }
  const before = await readKeyringFile(file);

  const failures: unknown[] = [];
  const done = { reads: 0, writes: 0, rotations: 0 };
  let isOver = false;
  const keep = async (work: () => Promise<void>): Promise<void> => {
    while (!isOver) await work().catch((error: unknown) => void failures.push(error));
  };
  // Each reader has read the keyring before the first rotation, as the processes of an installation have.
  const [fromApi, fromController] = [createSealer(file), createSealer(file)];
  const leaseSecrets = createLeaseSecrets(db.api, fromApi);
  const vault = createSecretVault(db.controller, fromController);
  const load = [
    keep(async () => {
      const got = await leaseSecrets.fetch(holder, 1, { names: used, gitHost: null, registryHosts: [] });
      for (const { name, value } of got.secrets) {
        if (!value.toString().startsWith(`value of ${name}`)) throw new Error(`${name} is wrong`);
      }
      done.reads += 1;
    }),
    keep(async () => {
      const found = await vault.registryCredential(tenant.tenantId, project.id, 'r.example');
      if (found?.password.startsWith('a password') !== true) throw new Error('the password is wrong');
      done.reads += 1;
    }),
    keep(async () => {
      const name = names[done.writes % COUNT]!;
      await secrets.put(tenant, null, name, Buffer.from(`value of ${name}, again`));
      await credentials.put(tenant, null, { ...registry, value: Buffer.from('a password, again') });
      done.writes += 1;
    }),
  ];
  for (; done.rotations < 5; done.rotations++)
    await rotate(file, createSealer(file), db.controller, { retire: true, continued: false });
  isOver = true;
  await Promise.all(load);

  expect(failures).toEqual([]);
  expect(done.reads).toBeGreaterThan(20);
  expect(done.writes).toBeGreaterThan(5);
  const { current, keys } = await readKeyringFile(file);
  expect([...keys.keys()]).toEqual([current]);
  expect(await countByKey(db.controller)).toEqual(new Map([[current, COUNT + 1]]));
  const old = path.join(folder, 'old.json');
  await writeKeyringFile(old, before);
  const tried = createLeaseSecrets(db.api, createSealer(old));
  await expect(
    tried.fetch(holder, 1, { names: used, gitHost: null, registryHosts: [] }),
  ).rejects.toMatchObject({ code: 'secret_unreadable' });
});

test('old keys stay in the file until they are retired, and are not retired while a value needs them', async () => {
  const tenant = await aTenant(db);
  const secrets = createSecretStore(db.api, createSealer(file));
  await secrets.put(tenant, null, 'kept', Buffer.from('the value'));
  const first = (await readKeyringFile(file)).current;

  const kept = await rotate(file, createSealer(file), db.controller, { retire: false, continued: false });
  expect(kept).toMatchObject({ rewrapped: 1, unreadable: 0, retired: [] });
  expect([...(await readKeyringFile(file)).keys.keys()]).toEqual([first, kept.current]);

  // A value whose key was lost stays as it is, is told, and keeps the other keys from being removed.
  await db.admin.updateTable('secrets').set({ key_id: 'lost' }).execute();
  const partly = await rotate(file, createSealer(file), db.controller, { retire: true, continued: false });
  expect(partly).toMatchObject({ rewrapped: 0, unreadable: 1, retired: [] });
  expect((await readKeyringFile(file)).keys.size).toBe(3);
});

test('a process on the same file is waited for until it has loaded the new key', async () => {
  const stop = await announced(file, 'api', 300);

  const { current, retired } = await rotate(file, createSealer(file), db.controller, {
    retire: true,
    continued: false,
  });

  await stop();
  expect(retired).toHaveLength(1);
  expect([...(await readKeyringFile(file)).keys.keys()]).toEqual([current]);
});

test('while a process seals by a copy of the old keyring no value is moved and no key is retired', async () => {
  const tenant = await aTenant(db);
  const copy = path.join(folder, 'copy.json');
  await copyFile(file, copy);
  const old = (await readKeyringFile(file)).current;
  const behind = createSecretStore(db.api, createSealer(copy));
  await behind.put(tenant, null, 'kept', Buffer.from('the value'));
  const stops = [await announced(copy, 'api', 50), await announced(file, 'controller', 50)];
  const once = (continued: boolean, loadWaitMs: number) =>
    rotate(file, createSealer(file), db.controller, { retire: true, continued, loadWaitMs });

  await expect(once(false, 400)).rejects.toMatchObject({
    code: 'keyring_behind',
    message: expect.stringMatching(/^api on \S+ has not loaded the key \S+ yet/),
  });
  await expect(once(true, 0)).rejects.toMatchObject({ code: 'keyring_behind' });
  expect(await countByKey(db.controller)).toEqual(new Map([[old, 1]]));
  const kept = await readKeyringFile(file);
  expect(kept.keys.size).toBe(2);

  // What a restart under systemd does: the process gets the file as it is now.
  await copyFile(file, copy);
  expect(await once(true, 5_000)).toMatchObject({ current: kept.current, rewrapped: 1, retired: [old] });
  expect(await countByKey(db.controller)).toEqual(new Map([[kept.current, 1]]));
  for (const stop of stops) await stop();
});

test('a process that is gone is not waited for', async () => {
  const copy = path.join(folder, 'copy.json');
  await copyFile(file, copy);
  await (
    await announced(copy, 'api', 50)
  )();

  const { retired } = await rotate(file, createSealer(file), db.controller, {
    ...{ retire: true, continued: false },
    loadWaitMs: 2_000,
  });

  expect(retired).toHaveLength(1);
});

/** A process that says by which key of this file it seals. */
function announced(keyringFile: string, process: 'api' | 'controller', everyMs: number) {
  const sealer = createSealer(keyringFile);
  return announceKeyring({
    url: db.urls[process],
    process,
    currentKeyId: () => sealer.currentKeyId(),
    onMissed: (error) => {
      throw error;
    },
    everyMs,
  });
}

test('the command rotates and shows the keys of the configuration it is given, and prints no key', async () => {
  const tenant = await aTenant(db);
  await createSecretStore(db.api, createSealer(file)).put(tenant, null, 'kept', Buffer.from('the value'));
  const env = { KILN_CONTROLLER_DATABASE_URL: db.urls.controller, KILN_KEYRING_FILE: file };

  const rotated = await kilnKeys(['rotate', '--retire', '--json'], env);
  const shown = await kilnKeys(['show'], env);

  const { current, keys } = await readKeyringFile(file);
  expect(JSON.parse(rotated)).toMatchObject({ current, rewrapped: 1, retired: [expect.any(String)] });
  expect(shown).toMatch(new RegExp(`^${current} +1 +current$`, 'm'));
  for (const key of keys.values()) expect(rotated + shown).not.toContain(key.toString('base64'));
});

/** What `kiln keys` prints with this environment. */
async function kilnKeys(argv: string[], env: Record<string, string>): Promise<string> {
  let printed = '';
  const output = { write: (text: string) => (printed += text) !== '' };
  const command = new Command('keys').exitOverride();
  const onInterrupt = () => () => {};
  define(command, {
    env,
    cwd: folder,
    stdin: new PassThrough(),
    stdout: output,
    stderr: output,
    onInterrupt,
    exitCode: 0,
    browser: null,
  });
  await command.parseAsync(argv, { from: 'user' });
  return printed;
}
