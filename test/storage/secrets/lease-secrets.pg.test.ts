import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureKeyringFile } from '../../../src/adapters/keyring/keyring-file.js';
import { createSealer } from '../../../src/adapters/keyring/sealer.js';
import type { SettingLayers } from '../../../src/domain/builds/settings.js';
import type { LeaseSecrets, Sealer, SecretStore } from '../../../src/ports/secrets.js';
import { createLeaseGate } from '../../../src/storage/dispatch/lease-gate.js';
import { createDispatcher } from '../../../src/storage/dispatch/dispatcher.js';
import { createCredentialStore } from '../../../src/storage/secrets/credential-store.js';
import { createLeaseSecrets } from '../../../src/storage/secrets/lease-secrets.js';
import { createSecretVault } from '../../../src/storage/secrets/secret-vault.js';
import { createSecretStore } from '../../../src/storage/secrets/secret-store.js';
import { aRunningBuild } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let folder: string;
let sealer: Sealer;
let secrets: SecretStore;
let leaseSecrets: LeaseSecrets;
beforeAll(async () => {
  db = await freshDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'kiln-keyring-'));
  const file = path.join(folder, 'keyring.json');
  await ensureKeyringFile(file);
  sealer = createSealer(file);
  secrets = createSecretStore(db.api, sealer);
  leaseSecrets = createLeaseSecrets(db.api, sealer);
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

const aBuildWith = (...names: string[]) =>
  aRunningBuild(db, { options: { secrets: names.map((name) => ({ id: name, name })) } });
const registriesAt = (...registryHosts: string[]) => ({ names: [], gitHost: null, registryHosts });
const aRegistry = (host: string) => ({
  kind: 'registry' as const,
  host,
  username: 'me',
  knownHosts: null,
  value: Buffer.from(`password of ${host}`),
});
const wanted = (...names: string[]) => ({ names, gitHost: null, registryHosts: [] });

test('a run gets the secrets that its build names, those of the project before those of the tenant', async () => {
  const { tenant, project, holder } = await aBuildWith('npm-token', 'shared');
  await secrets.put(tenant, null, 'npm-token', Buffer.from('of the tenant'));
  await secrets.put(tenant, project.id, 'npm-token', Buffer.from('of the project'));
  await secrets.put(tenant, null, 'shared', Buffer.from('for all projects'));

  const values = await leaseSecrets.fetch(holder, 1, wanted('npm-token', 'shared'));

  expect(values.secrets.map(({ name, value }) => [name, value.toString()])).toEqual([
    ['npm-token', 'of the project'],
    ['shared', 'for all projects'],
  ]);
});

test('a secret that the build does not name is refused, though it exists', async () => {
  const { tenant, project, holder } = await aBuildWith('npm-token');
  await secrets.put(tenant, project.id, 'other', Buffer.from('something else'));
  await expect(leaseSecrets.fetch(holder, 1, wanted('other'))).rejects.toMatchObject({ code: 'forbidden' });
});

test('a run of code of a stranger gets none, also of those that its build still names', async () => {
  const { tenant, holder } = await aRunningBuild(db, {
    options: { secrets: [{ id: 'npm-token', name: 'npm-token' }] },
    withoutSecrets: true,
  });
  await secrets.put(tenant, null, 'npm-token', Buffer.from('of the tenant'));
  await expect(leaseSecrets.fetch(holder, 1, wanted('npm-token'))).rejects.toMatchObject({
    code: 'forbidden',
  });
});

/** A run whose secrets are named in these places. */
const aBuildNamedBy = (settingLayers: SettingLayers) => {
  const secrets = Object.values(settingLayers).flatMap((said) => said.secrets ?? []);
  const ssh = Object.values(settingLayers).flatMap((said) => said.ssh ?? []);
  return aRunningBuild(db, { options: { secrets, ssh }, settingLayers });
};
const npmToken = { secrets: [{ id: 'npm-token', name: 'npm-token' }] };

test('a run gets the keys that its build offers to SSH', async () => {
  const ssh = [{ id: 'default', name: 'deploy-key' }];
  const { tenant, holder } = await aBuildNamedBy({ request: { ssh } });
  await secrets.put(tenant, null, 'deploy-key', Buffer.from('of the tenant'));

  const values = await leaseSecrets.fetch(holder, 1, wanted('deploy-key'));

  expect(values.secrets[0]?.value.toString()).toBe('of the tenant');
});

test('a build file opens no secret that is stored for all projects, not even under another id or as an SSH key', async () => {
  const named = { id: 'harmless', name: 'npm-token' };
  for (const file of [npmToken, { secrets: [named] }, { ssh: [named] }]) {
    const { tenant, holder } = await aBuildNamedBy({ build_file: file });
    await secrets.put(tenant, null, 'npm-token', Buffer.from('of the tenant'));

    await expect(leaseSecrets.fetch(holder, 1, wanted('npm-token'))).rejects.toMatchObject({
      code: 'secret_not_allowed',
      message: expect.stringContaining('npm-token'),
    });
  }
});

test("a build file opens the project's own secret", async () => {
  const { tenant, project, holder } = await aBuildNamedBy({ build_file: npmToken });
  await secrets.put(tenant, null, 'npm-token', Buffer.from('of the tenant'));
  await secrets.put(tenant, project.id, 'npm-token', Buffer.from('of the project'));

  const values = await leaseSecrets.fetch(holder, 1, wanted('npm-token'));

  expect(values.secrets[0]?.value.toString()).toBe('of the project');
});

test.each(['request', 'project'] as const)(
  'a secret for all projects that the %s names may be named by the build file too',
  async (place) => {
    const { tenant, holder } = await aBuildNamedBy({ build_file: npmToken, [place]: npmToken });
    await secrets.put(tenant, null, 'npm-token', Buffer.from('of the tenant'));

    const values = await leaseSecrets.fetch(holder, 1, wanted('npm-token'));

    expect(values.secrets).toHaveLength(1);
  },
);

test('a secret that nobody stored is named', async () => {
  const { holder } = await aBuildWith('npm-token');
  await expect(leaseSecrets.fetch(holder, 1, wanted('npm-token'))).rejects.toMatchObject({
    code: 'secret_missing',
    message: expect.stringContaining('npm-token'),
  });
});

test("another tenant's secret of that name is as if it were not there", async () => {
  const other = await aBuildWith('npm-token');
  await secrets.put(other.tenant, null, 'npm-token', Buffer.from('of the other tenant'));
  const { holder } = await aBuildWith('npm-token');
  await expect(leaseSecrets.fetch(holder, 1, wanted('npm-token'))).rejects.toMatchObject({
    code: 'secret_missing',
  });
});

test('a lease that is over gets nothing', async () => {
  const { tenant, holder, lease } = await aBuildWith('npm-token');
  await secrets.put(tenant, null, 'npm-token', Buffer.from('of the tenant'));
  await createDispatcher(db.controller).loseAttempt(lease);
  await expect(leaseSecrets.fetch(holder, 1, wanted('npm-token'))).rejects.toMatchObject({
    code: 'stale_fence',
  });
});

test('registry credentials come for the hosts that have one, spelled in one way', async () => {
  const { tenant, project, holder } = await aBuildWith();
  const credentials = createCredentialStore(db.api, sealer);
  const registry = (host: string, username: string) => ({
    kind: 'registry' as const,
    host,
    username,
    knownHosts: null,
    value: Buffer.from(`password of ${username}`),
  });
  await credentials.put(tenant, null, registry('Registry.Example:443', 'tenant'));
  await credentials.put(tenant, null, registry('other.example', 'tenant'));
  await credentials.put(tenant, project.id, registry('other.example', 'project'));

  await createLeaseGate(db.api).recordRegistries(holder, 1, [
    'registry.example',
    'other.example',
    'unknown.example',
  ]);
  const { registries } = await leaseSecrets.fetch(
    holder,
    1,
    registriesAt('registry.example:443', 'other.example', 'unknown.example'),
  );

  expect(registries).toEqual([
    { host: 'other.example', username: 'project', password: 'password of project' },
    { host: 'registry.example', username: 'tenant', password: 'password of tenant' },
  ]);
});

test("a run gets credentials for its own destinations, caches and staging before its source is read, and for no other's", async () => {
  const { tenant, holder } = await aRunningBuild(db, {
    destinations: ['push.example/team/app:1'],
    options: { cache_from: ['cache.example:5000/app'], cache_to: 'other-cache.example/app' },
  });
  const credentials = createCredentialStore(db.api, sealer);
  const hosts = ['push.example', 'cache.example:5000', 'other-cache.example', 'foreign.example'];
  for (const host of hosts) await credentials.put(tenant, null, aRegistry(host));
  const own = await leaseSecrets.fetch(holder, 1, registriesAt(...hosts.slice(0, 3)));
  expect(own.registries.map(({ host }) => host).sort()).toEqual(hosts.slice(0, 3).sort());
  await expect(leaseSecrets.fetch(holder, 1, registriesAt(...hosts))).rejects.toMatchObject({
    code: 'forbidden',
    message: expect.stringContaining('foreign.example'),
  });
});

test('what the source names is recorded once, under the fence, and cannot grow', async () => {
  const { tenant, holder } = await aBuildWith();
  await createCredentialStore(db.api, sealer).put(tenant, null, aRegistry('base.example'));
  const gate = createLeaseGate(db.api);
  await expect(gate.recordRegistries(holder, 2, ['base.example'])).rejects.toMatchObject({
    code: 'stale_fence',
  });
  await gate.recordRegistries(holder, 1, ['base.example', 'more.example']);
  await gate.recordRegistries(holder, 1, ['more.example', 'base.example']);
  await expect(gate.recordRegistries(holder, 1, ['foreign.example'])).rejects.toMatchObject({
    code: 'conflict',
  });
  const { registries } = await leaseSecrets.fetch(holder, 1, registriesAt('base.example'));
  expect(registries).toHaveLength(1);
});

test('the mirror of a registry that the build reads gets its credential too', async () => {
  const { tenant, holder } = await aBuildWith();
  await createCredentialStore(db.api, sealer).put(tenant, null, aRegistry('mirror.example'));
  const mirrored = createLeaseSecrets(db.api, sealer, [
    { registry: 'docker.io', mirror: 'mirror.example/hub' },
  ]);
  const wantsMirror = registriesAt('mirror.example');
  await expect(mirrored.fetch(holder, 1, wantsMirror)).rejects.toMatchObject({ code: 'forbidden' });
  await createLeaseGate(db.api).recordRegistries(holder, 1, ['docker.io']);
  expect((await mirrored.fetch(holder, 1, wantsMirror)).registries).toHaveLength(1);
});

test('a value that somebody moved to another row of the database does not open', async () => {
  const { tenant, holder } = await aBuildWith('mine', 'moved');
  await secrets.put(tenant, null, 'mine', Buffer.from('the first value'));
  await secrets.put(tenant, null, 'moved', Buffer.from('the second value'));
  const rows = await db.admin
    .selectFrom('secrets')
    .selectAll()
    .where('tenant_id', '=', tenant.tenantId)
    .execute();
  const [mine] = rows.filter((row) => row.secret_name === 'mine');
  const { wrapped_key, ciphertext, key_id } = mine!;
  await db.admin
    .updateTable('secrets')
    .set({ wrapped_key, ciphertext, key_id })
    .where('tenant_id', '=', tenant.tenantId)
    .where('secret_name', '=', 'moved')
    .execute();
  await expect(leaseSecrets.fetch(holder, 1, wanted('moved'))).rejects.toMatchObject({
    code: 'secret_unreadable',
  });
});

test('the controller, which sees all tenants, gets the credential of the asked tenant only', async () => {
  const [one, other] = [await aBuildWith(), await aBuildWith()];
  const credentials = createCredentialStore(db.api, sealer);
  const registry = { kind: 'registry' as const, host: 'r.example', username: 'me', knownHosts: null };
  await credentials.put(one.tenant, null, { ...registry, value: Buffer.from('of the one') });

  const vault = createSecretVault(db.controller, sealer);

  expect(await vault.registryCredential(one.tenant.tenantId, one.project.id, 'R.example:443')).toMatchObject({
    password: 'of the one',
  });
  expect(await vault.registryCredential(other.tenant.tenantId, other.project.id, 'r.example')).toBeNull();
});
