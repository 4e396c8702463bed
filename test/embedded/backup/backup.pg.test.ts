import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { ensureKeyringFile } from '../../../src/adapters/keyring/keyring-file.js';
import { createSealer } from '../../../src/adapters/keyring/sealer.js';
import { checkBackup } from '../../../src/embedded/backup/check-backup.js';
import { makeBackup } from '../../../src/embedded/backup/make-backup.js';
import type { Step } from '../../../src/embedded/backup/step.js';
import { restoreInstallation } from '../../../src/embedded/backup/restore-installation.js';
import { installationPlace, type Place } from '../../../src/embedded/place.js';
import { type Database, openDatabase } from '../../../src/storage/database.js';
import { rollback } from '../../../src/storage/migrations/migrate.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { createSecretStore } from '../../../src/storage/secrets/secret-store.js';
import { databaseUrls, setupDatabase } from '../../../src/storage/setup.js';
import { anOutcome, aProject, aRunningBuild, aTenant, finish } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';
import { describeSchema } from '../../support/describe-schema.js';

const PASSWORDS = { api: 'api-password', controller: 'controller-password' };
const OPERATOR = {
  name: `operator_${randomBytes(4).toString('hex')}`,
  password: `pass-${randomBytes(8).toString('hex')}`,
};
const VERSION = '0.1.0';
const step: Step = (_title, work) => work(() => undefined);

let server: FreshDatabase;
let folder: string;
let environment: Record<string, string>;
const made: string[] = [];
const pools: Database[] = [];

/** An installation set up by a role that is no superuser, with a build, a running one and a secret; and a backup of it. */
beforeAll(async () => {
  server = await freshDatabase();
  await sql
    .raw(`CREATE ROLE ${OPERATOR.name} LOGIN CREATEROLE CREATEDB PASSWORD '${OPERATOR.password}'`)
    .execute(server.admin);
  folder = mkdtempSync(join(tmpdir(), 'kiln-backup-'));
  const url = new URL(server.urls.admin);
  url.pathname = '/postgres';
  url.username = OPERATOR.name;
  url.password = OPERATOR.password;
  environment = {
    KILN_ADMIN_DATABASE_URL: url.href,
    KILN_DATA_DIR: join(folder, 'data'),
    KILN_SETUP_DIR: join(folder, 'setup'),
  };
  const source = place('kiln_source');
  const urls = await setupDatabase({
    adminUrl: source.adminUrl,
    database: source.database,
    passwords: PASSWORDS,
  });
  await ensureKeyringFile(source.keyringFile);
  const db: FreshDatabase = {
    ...server,
    urls,
    admin: open(urls.admin),
    api: open(urls.api),
    controller: open(urls.controller),
  };
  const { build, lease, holder } = await aRunningBuild(db, { destinations: ['r.local:5000/app:1'] });
  await finish(db, holder, anOutcome());
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(lease, () => Promise.resolve());
  await recorder.record(build.id, lease, { kind: 'published' });
  await aRunningBuild(db);
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const secrets = createSecretStore(db.api, createSealer(source.keyringFile));
  await secrets.put(tenant, project.id, 'token', Buffer.from('a value'));
  await makeBackup(source, {
    target: join(folder, 'backup'),
    withRegistry: true,
    kilnVersion: VERSION,
    step,
  });
  await Promise.all(pools.splice(0).map((pool) => pool.destroy()));
}, 120_000);

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.destroy()));
});
afterAll(async () => {
  const { rows } = await sql<{ name: string }>`SELECT datname AS name FROM pg_database`.execute(server.admin);
  for (const { name } of rows.filter((row) => made.some((ours) => row.name.startsWith(ours)))) {
    await sql`DROP DATABASE ${sql.id(name)} WITH (FORCE)`.execute(server.admin);
  }
  await sql
    .raw(`DROP OWNED BY ${OPERATOR.name}; DROP ROLE ${OPERATOR.name}`)
    .execute(server.admin)
    .catch(() => undefined);
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function place(prefix: string): Place {
  const name = `${prefix}_${randomBytes(4).toString('hex')}`;
  made.push(name);
  return installationPlace({ ...environment, KILN_DATABASE_NAME: name });
}
function open(url: string): Database {
  const pool = openDatabase({ url, poolSize: 3 });
  pools.push(pool);
  return pool;
}
const adminOf = (at: Place): Database =>
  open(databaseUrls({ adminUrl: server.urls.admin, database: at.database, passwords: PASSWORDS }).admin);
const databases = async (like: string): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`
    SELECT datname AS name FROM pg_database WHERE datname LIKE ${`${like}%`} ORDER BY 1`.execute(
    server.admin,
  );
  return rows.map(({ name }) => name);
};
const restore = async (at: Place, backup: string, options: { force?: boolean; keyring?: string } = {}) =>
  restoreInstallation(at, {
    backup,
    manifest: await checkBackup(backup, VERSION, step),
    force: options.force === true,
    step,
    ...(options.keyring !== undefined && { keyring: options.keyring }),
  });
/** A copy of the backup to break. */
async function aCopy(): Promise<string> {
  const copy = mkdtempSync(join(folder, 'copy-'));
  for (const file of readdirSync(join(folder, 'backup'))) {
    writeFileSync(join(copy, file), readFileSync(join(folder, 'backup', file)));
  }
  return copy;
}
const changeManifest = (copy: string, change: Record<string, unknown>): void => {
  const file = join(copy, 'manifest.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
};

test('a role that is no superuser backs up and restores every row of every tenant, and the same schema', async () => {
  const target = place('kiln_restored');
  const restored = await restore(target, join(folder, 'backup'));

  expect(restored).toMatchObject({
    migrated: [],
    // The build that was recorded had not given its lease back.
    builds: { queuedAgain: 1, leasesEnded: 2 },
    contentsMissing: 0,
  });
  expect(restored.checks.filter(({ wrong }) => wrong > 0)).toEqual([]);
  const admin = adminOf(target);
  expect(await describeSchema(admin)).toBe(await describeSchema(server.admin));
  const { rows } =
    await sql`SELECT (SELECT count(*) FROM builds) AS builds, (SELECT count(*) FROM secrets) AS secrets,
    (SELECT count(*) FROM tenants) AS tenants, (SELECT count(*) FROM build_logs) AS chunks`.execute(admin);
  expect(rows).toEqual([{ builds: 2, secrets: 1, tenants: 3, chunks: 1 }]);
  expect(await databases(`${target.database}_restoring`)).toEqual([]);
}, 60_000);

test('a target that is there is left alone; with force it is set aside and kept', async () => {
  const target = place('kiln_there');
  await restore(target, join(folder, 'backup'));
  await expect(restore(target, join(folder, 'backup'))).rejects.toMatchObject({ code: 'target_not_empty' });

  await restore(target, join(folder, 'backup'), { force: true });
  expect(await databases(target.database)).toEqual([
    target.database,
    expect.stringMatching(/_before-\d{8}t\d{6}$/),
  ]);
}, 60_000);

test('a target that somebody uses is refused before anything is loaded', async () => {
  const target = place('kiln_used');
  await restore(target, join(folder, 'backup'));
  await sql`SELECT 1`.execute(adminOf(target));
  await expect(restore(target, join(folder, 'backup'), { force: true })).rejects.toMatchObject({
    code: 'target_in_use',
    message: expect.stringContaining('stop api and controller'),
  });
  expect(await databases(`${target.database}_restoring`)).toEqual([]);
}, 60_000);

test('what a restore that was cut off has left does not hinder the next one', async () => {
  const target = place('kiln_cut');
  await sql`CREATE DATABASE ${sql.id(`${target.database}_restoring`)} OWNER kiln_owner`.execute(server.admin);
  await mkdir(join(folder, 'data.restoring', 'contents'), { recursive: true });
  expect((await restore(target, join(folder, 'backup'))).checks.every(({ wrong }) => wrong === 0)).toBe(true);
  expect(await databases(target.database)).toEqual([target.database]);
}, 60_000);

test('a backup of an older schema is migrated on its way in', async () => {
  const older = place('kiln_older');
  await restore(older, join(folder, 'backup'));
  const [newest] = await rollback(adminOf(older));
  await Promise.all(pools.splice(0).map((pool) => pool.destroy()));
  const backup = join(folder, 'older');
  await makeBackup(older, { target: backup, withRegistry: true, kilnVersion: '0.0.1', step });

  const target = place('kiln_upgraded');
  const restored = await restore(target, backup);

  expect(restored.migrated).toEqual([newest]);
  expect(restored.checks.filter(({ wrong }) => wrong > 0)).toEqual([]);
}, 60_000);

test('a restore without the keyring names the secrets that cannot be opened', async () => {
  const target: Place = { ...place('kiln_keyless'), keyringFile: join(folder, 'no-such-keyring.json') };
  const { checks } = await restore(target, join(folder, 'backup'));
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
  const copy = await aCopy();
  damage(copy);
  const target = place('kiln_refused');
  await expect(restore(target, copy)).rejects.toMatchObject({ code });
  expect(await databases(target.database)).toEqual([]);
});

test('a backup is never written over something, and one that fails leaves nothing behind', async () => {
  const target = join(folder, 'backup');
  const options = { target, withRegistry: true, kilnVersion: VERSION, step };
  await expect(makeBackup(place('kiln_nowhere'), options)).rejects.toMatchObject({
    code: 'target_not_empty',
  });

  const empty = { ...place('kiln_nowhere'), database: 'postgres' };
  await expect(makeBackup(empty, { ...options, target: join(folder, 'none') })).rejects.toMatchObject({
    code: 'backup_failed',
  });
  expect(readdirSync(folder).filter((name) => name.startsWith('none'))).toEqual([]);
});

test('the keyring goes to a file of its own, never into the backup', async () => {
  const source = place('kiln_keyed');
  await restore(source, join(folder, 'backup'));
  const options = { target: join(folder, 'keyed'), withRegistry: true, kilnVersion: VERSION, step };
  await expect(
    makeBackup(source, { ...options, keyringTo: join(folder, 'keyed', 'keyring.json') }),
  ).rejects.toMatchObject({
    code: 'invalid_request',
  });

  const keyringTo = join(folder, 'elsewhere', 'keyring.json');
  await makeBackup(source, { ...options, keyringTo });
  expect(readFileSync(keyringTo, 'utf8')).toBe(readFileSync(source.keyringFile, 'utf8'));
  expect(statSync(keyringTo).mode & 0o777).toBe(0o600);
  expect(readdirSync(options.target)).not.toContain('keyring.json');
}, 60_000);

test('no argument of a program of PostgreSQL holds the password', async () => {
  const spy = join(folder, 'pg_dump');
  const seen = join(folder, 'arguments');
  writeFileSync(
    spy,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo "pg_dump (PostgreSQL) 99.0"; exit; fi\necho "$@" > ${seen}\necho "$PGPASSWORD" >> ${seen}\nexit 1\n`,
  );
  chmodSync(spy, 0o755);
  const source = place('kiln_spied');
  await restore(source, join(folder, 'backup'));
  process.env['KILN_PG_DUMP_PATH'] = spy;
  try {
    const target = join(folder, 'spied');
    await expect(
      makeBackup(source, { target, withRegistry: true, kilnVersion: VERSION, step }),
    ).rejects.toMatchObject({ code: 'backup_failed' });
    expect(existsSync(target)).toBe(false);
  } finally {
    delete process.env['KILN_PG_DUMP_PATH'];
  }
  const [args, password] = readFileSync(seen, 'utf8').split('\n');
  expect(args).not.toContain(OPERATOR.password);
  expect(password).toBe(OPERATOR.password);
}, 60_000);

test('a pg_dump that is older than the server is not used', async () => {
  const old = join(folder, 'old_pg_dump');
  writeFileSync(old, '#!/bin/sh\necho "pg_dump (PostgreSQL) 14.9"\n');
  chmodSync(old, 0o755);
  const source = place('kiln_old_client');
  await restore(source, join(folder, 'backup'));
  process.env['KILN_PG_DUMP_PATH'] = old;
  try {
    await expect(
      makeBackup(source, {
        target: join(folder, 'old-client'),
        withRegistry: true,
        kilnVersion: VERSION,
        step,
      }),
    ).rejects.toMatchObject({
      code: 'program_missing',
      message: expect.stringContaining('is version 14.9'),
    });
  } finally {
    delete process.env['KILN_PG_DUMP_PATH'];
  }
}, 60_000);
