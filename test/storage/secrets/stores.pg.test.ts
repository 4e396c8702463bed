import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureKeyringFile } from '../../../src/adapters/keyring/keyring-file.js';
import { createSealer } from '../../../src/adapters/keyring/sealer.js';
import type { CredentialStore, SecretStore } from '../../../src/ports/secrets.js';
import { createCredentialStore } from '../../../src/storage/secrets/credential-store.js';
import { createSecretStore } from '../../../src/storage/secrets/secret-store.js';
import { aProject, aTenant } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

let db: FreshDatabase;
let folder: string;
let secrets: SecretStore;
let credentials: CredentialStore;
beforeAll(async () => {
  db = await freshDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'kiln-keyring-'));
  const file = path.join(folder, 'keyring.json');
  await ensureKeyringFile(file);
  secrets = createSecretStore(db.api, createSealer(file));
  credentials = createCredentialStore(db.api, createSealer(file));
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

const all = { projectId: null, limit: 50, cursor: null };
const value = Buffer.from('hunter2-and-more');

test('a secret that is stored again counts up its version and stays one row', async () => {
  const tenant = await aTenant(db);
  const first = await secrets.put(tenant, null, 'npm-token', value);
  const second = await secrets.put(tenant, null, 'npm-token', Buffer.from('another value'));
  expect([first.version, second.version]).toEqual([1, 2]);
  expect(second.id).toBe(first.id);
  expect((await secrets.list(tenant, all)).items).toEqual([second]);
});

test('a project lists its own and those for every project, page by page, newest first', async () => {
  const tenant = await aTenant(db);
  const [app, other] = [await aProject(db, tenant), await aProject(db, tenant)];
  await secrets.put(tenant, null, 'shared', value);
  await secrets.put(tenant, app.id, 'own', value);
  await secrets.put(tenant, other.id, 'foreign', value);

  const first = await secrets.list(tenant, { projectId: app.id, limit: 1, cursor: null });
  const rest = await secrets.list(tenant, { projectId: app.id, limit: 5, cursor: first.nextCursor });

  expect([...first.items, ...rest.items].map(({ name, project }) => [name, project])).toEqual([
    ['own', app.slug],
    ['shared', null],
  ]);
  expect(rest.nextCursor).toBeNull();
});

test('of the names a build gives, those that neither its project nor its tenant has are missing', async () => {
  const tenant = await aTenant(db);
  const [app, other] = [await aProject(db, tenant), await aProject(db, tenant)];
  await secrets.put(tenant, null, 'shared', value);
  await secrets.put(tenant, other.id, 'foreign', value);
  expect(await secrets.missing(tenant, app.id, ['shared', 'foreign', 'none'])).toEqual(['foreign', 'none']);
});

test('removing takes the one of the project and leaves the one for all', async () => {
  const tenant = await aTenant(db);
  const app = await aProject(db, tenant);
  await secrets.put(tenant, null, 'npm-token', value);
  await secrets.put(tenant, app.id, 'npm-token', value);
  await secrets.remove(tenant, app.id, 'npm-token');
  expect((await secrets.list(tenant, all)).items.map(({ project }) => project)).toEqual([null]);
  await expect(secrets.remove(tenant, app.id, 'npm-token')).rejects.toMatchObject({ code: 'not_found' });
});

test('another tenant sees, changes and removes nothing of it', async () => {
  const [tenant, other] = [await aTenant(db), await aTenant(db)];
  const project = await aProject(db, tenant);
  await secrets.put(tenant, null, 'npm-token', value);
  expect((await secrets.list(other, all)).items).toEqual([]);
  await expect(secrets.remove(other, null, 'npm-token')).rejects.toMatchObject({ code: 'not_found' });
  await expect(secrets.put(other, project.id, 'npm-token', value)).rejects.toThrow();
  expect(await secrets.put(other, null, 'npm-token', value)).toMatchObject({ version: 1 });
});

test('a credential is one for its kind and host, however the host is spelled', async () => {
  const tenant = await aTenant(db);
  const token = { kind: 'git_token' as const, username: 'me', knownHosts: null, value };
  await credentials.put(tenant, null, { ...token, host: 'Git.Example.com:443' });
  const again = await credentials.put(tenant, null, { ...token, host: 'git.example.com', username: 'you' });
  expect(again).toMatchObject({ host: 'git.example.com', username: 'you', version: 2 });
  await credentials.remove(tenant, null, 'git_token', 'GIT.example.com');
  expect((await credentials.list(tenant, all)).items).toEqual([]);
});
