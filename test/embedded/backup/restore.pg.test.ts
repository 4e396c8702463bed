import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { ensureKeyringFile, readKeyringFile } from '../../../src/adapters/keyring/keyring-file.js';
import { makeBackup } from '../../../src/embedded/backup/make-backup.js';
import type { Place } from '../../../src/embedded/place.js';
import { rollback } from '../../../src/storage/migrations/migrate.js';
import { describeSchema } from '../../support/describe-schema.js';
import { aBackedUpInstallation, type BackedUp } from './an-installation.js';

let kiln: BackedUp;
beforeAll(async () => {
  kiln = await aBackedUpInstallation();
}, 120_000);
afterEach(() => kiln.afterEach());
afterAll(() => kiln.close());

/** PostgreSQL prints the casts of an expression otherwise once it has read what it had printed. */
const withoutCasts = (schema: string): string =>
  schema.replaceAll(/::(?:character varying|text(?:\[\])?)/g, '').replaceAll(/[()]/g, '');
const changeManifest = (copy: string, change: Record<string, unknown>): void => {
  const file = join(copy, 'manifest.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
};

test('a role that is no superuser backs up and restores every row of every tenant, and the same schema', async () => {
  const target = kiln.place('kiln_restored');
  const restored = await kiln.restore(target);

  expect(restored).toMatchObject({
    migrated: [],
    // The build that was recorded had not given its lease back.
    builds: { queuedAgain: 1, leasesEnded: 2 },
    contentsMissing: 0,
  });
  expect(restored.checks.filter(({ wrong }) => wrong > 0)).toEqual([]);
  const admin = kiln.open(target);
  expect(withoutCasts(await describeSchema(admin))).toBe(withoutCasts(await describeSchema(kiln.superuser)));
  const { rows } =
    await sql`SELECT (SELECT count(*) FROM builds) AS builds, (SELECT count(*) FROM secrets) AS secrets,
    (SELECT count(*) FROM tenants) AS tenants, (SELECT count(*) FROM build_logs) AS chunks`.execute(admin);
  expect(rows).toEqual([{ builds: 2, secrets: 1, tenants: 3, chunks: 1 }]);
  expect(await kiln.databases(`${target.database}_restoring`)).toEqual([]);
}, 60_000);

test('a target that is there is left alone; with force it is set aside and kept', async () => {
  const target = kiln.place('kiln_there');
  await kiln.restore(target);
  await expect(kiln.restore(target)).rejects.toMatchObject({ code: 'target_not_empty' });

  const { setAside } = await kiln.restore(target, kiln.backup, { force: true });
  expect(setAside).toEqual([expect.stringMatching(/^database kiln_there_.*_before_/)]);
  expect(await kiln.databases(target.database)).toEqual([
    target.database,
    expect.stringMatching(/_before_\d{8}t\d{6}$/),
  ]);
}, 60_000);

test('a target that somebody uses is refused before anything is loaded', async () => {
  const target = kiln.place('kiln_used');
  await kiln.restore(target);
  await sql`SELECT 1`.execute(kiln.open(target));
  await expect(kiln.restore(target, kiln.backup, { force: true })).rejects.toMatchObject({
    code: 'target_in_use',
    message: expect.stringContaining('stop api and controller'),
  });
  expect(await kiln.databases(`${target.database}_restoring`)).toEqual([]);
}, 60_000);

test('what a restore that was cut off has left does not hinder the next one', async () => {
  const target = kiln.place('kiln_cut');
  await sql`CREATE DATABASE ${sql.id(`${target.database}_restoring`)} OWNER kiln_owner`.execute(
    kiln.superuser,
  );
  await mkdir(join(kiln.folder, 'data', 'restoring', 'contents'), { recursive: true });
  expect((await kiln.restore(target)).checks.every(({ wrong }) => wrong === 0)).toBe(true);
  expect(await kiln.databases(target.database)).toEqual([target.database]);
}, 60_000);

test('contexts are loaded inside the data folder, since what lies beside it may be another disk', async () => {
  const [from, to] = [join(kiln.folder, 'disk-1', 'data'), join(kiln.folder, 'disk-2', 'data')];
  await mkdir(join(from, 'contents', 'tenant'), { recursive: true });
  writeFileSync(join(from, 'contents', 'tenant', 'a'), 'a');
  const source: Place = { ...kiln.place('kiln_disk'), dataFolder: from };
  await kiln.restore(source);
  const backup = join(kiln.folder, 'disk-backup');
  await makeBackup(source, { ...kiln.options, target: backup });
  await mkdir(to, { recursive: true });
  writeFileSync(`${to}.restoring`, 'beside');

  await kiln.restore({ ...kiln.place('kiln_disk'), dataFolder: to }, backup);

  expect(readdirSync(to)).toEqual(['contents']);
  expect(readFileSync(join(to, 'contents', 'tenant', 'a'), 'utf8')).toBe('a');
  expect(readFileSync(`${to}.restoring`, 'utf8')).toBe('beside');
}, 60_000);

test('a backup of an older schema is migrated on its way in', async () => {
  const older = kiln.place('kiln_older');
  await kiln.restore(older);
  const [newest] = await rollback(kiln.open(older));
  await kiln.afterEach();
  const backup = join(kiln.folder, 'older');
  await makeBackup(older, { ...kiln.options, target: backup, kilnVersion: '0.0.1' });

  const target = kiln.place('kiln_upgraded');
  const restored = await kiln.restore(target, backup);

  expect(restored.migrated).toEqual([newest]);
  expect(restored.checks.filter(({ wrong }) => wrong > 0)).toEqual([]);
}, 60_000);

test('a keyring that is given is added to the one that is there, so that either database can be read', async () => {
  const [given, there] = [join(kiln.folder, 'given.json'), join(kiln.folder, 'there', 'keyring.json')];
  const target: Place = { ...kiln.place('kiln_keys'), keyringFile: there };
  cpSync(kiln.keyringFile, given);
  await ensureKeyringFile(there);
  const before = await readKeyringFile(there);

  const { checks } = await kiln.restore(target, kiln.backup, { keyring: given });

  expect(checks.filter(({ wrong }) => wrong > 0)).toEqual([]);
  const after = await readKeyringFile(there);
  expect(after.current).toBe((await readKeyringFile(given)).current);
  expect([...after.keys.keys()]).toEqual(expect.arrayContaining([...before.keys.keys()]));
}, 60_000);

test('a backup of a newer PostgreSQL is refused before anything is touched', async () => {
  const copy = mkdtempSync(join(kiln.folder, 'copy-'));
  cpSync(kiln.backup, copy, { recursive: true });
  changeManifest(copy, { postgres_version: '99.1' });
  const target = kiln.place('kiln_older_server');
  await expect(kiln.restore(target, copy)).rejects.toMatchObject({
    code: 'backup_failed',
    message: expect.stringContaining('PostgreSQL 99.1'),
  });
  expect(await kiln.databases(target.database)).toEqual([]);
});

test('a restore without the keyring names the secrets that cannot be opened', async () => {
  const target: Place = {
    ...kiln.place('kiln_keyless'),
    keyringFile: join(kiln.folder, 'no-such-keyring.json'),
  };
  const { checks } = await kiln.restore(target);
  expect(checks.filter(({ wrong }) => wrong > 0)).toEqual([
    expect.objectContaining({
      name: 'keys',
      examples: [expect.stringMatching(/^secret token of tenant-\S+\/project-\S+: the key \S+ is missing$/)],
    }),
  ]);
}, 60_000);

test.each<[string, string, (copy: string) => void]>([
  ['a folder that is no backup', 'backup_invalid', (copy) => rmSync(join(copy, 'manifest.json'))],
  [
    'a manifest that is cut off',
    'backup_invalid',
    (copy) =>
      writeFileSync(join(copy, 'manifest.json'), readFileSync(join(copy, 'manifest.json')).subarray(0, 100)),
  ],
  ['a foreign manifest', 'backup_invalid', (copy) => changeManifest(copy, { format: 'something-else' })],
  ['a part that is missing', 'backup_invalid', (copy) => rmSync(join(copy, 'contents.tar'))],
  [
    'a dump that is cut off',
    'backup_invalid',
    (copy) =>
      writeFileSync(join(copy, 'database.dump'), readFileSync(join(copy, 'database.dump')).subarray(0, -1)),
  ],
  [
    'a byte that was turned',
    'backup_invalid',
    (copy) => {
      const bytes = readFileSync(join(copy, 'database.dump'));
      bytes[1000] = bytes[1000]! ^ 1;
      writeFileSync(join(copy, 'database.dump'), bytes);
    },
  ],
  ['a backup of a newer Kiln', 'backup_newer', (copy) => changeManifest(copy, { kiln_version: '99.0.0' })],
  [
    'a backup with a migration that is unknown here',
    'backup_newer',
    (copy) => changeManifest(copy, { migrations: ['900_later'] }),
  ],
  ['a format of the future', 'backup_newer', (copy) => changeManifest(copy, { format_version: 2 })],
])('%s is refused before anything is touched', async (_what, code, damage) => {
  const copy = mkdtempSync(join(kiln.folder, 'copy-'));
  cpSync(kiln.backup, copy, { recursive: true });
  damage(copy);
  const target = kiln.place('kiln_refused');
  await expect(kiln.restore(target, copy)).rejects.toMatchObject({ code });
  expect(await kiln.databases(target.database)).toEqual([]);
});
