import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { makeBackup } from '../../../src/embedded/backup/make-backup.js';
import { aBackedUpInstallation, type BackedUp } from './an-installation.js';

let kiln: BackedUp;
beforeAll(async () => {
  kiln = await aBackedUpInstallation();
}, 120_000);
afterEach(() => kiln.afterEach());
afterAll(() => kiln.close());

test('a backup is never written over something, and one that fails leaves nothing behind', async () => {
  const target = kiln.backup;
  const options = { target, ...kiln.options };
  await expect(makeBackup(kiln.place('kiln_nowhere'), options)).rejects.toMatchObject({
    code: 'target_not_empty',
  });

  const empty = { ...kiln.place('kiln_nowhere'), database: 'postgres' };
  await expect(makeBackup(empty, { ...options, target: join(kiln.folder, 'none') })).rejects.toMatchObject({
    code: 'backup_failed',
  });
  expect(readdirSync(kiln.folder).filter((name) => name.startsWith('none'))).toEqual([]);
});

test('the keyring goes to a file of its own, never into the backup', async () => {
  const source = kiln.place('kiln_keyed');
  await kiln.restore(source);
  const options = { target: join(kiln.folder, 'keyed'), ...kiln.options };
  await expect(
    makeBackup(source, { ...options, keyringTo: join(kiln.folder, 'keyed', 'keyring.json') }),
  ).rejects.toMatchObject({
    code: 'invalid_request',
  });

  const keyringTo = join(kiln.folder, 'elsewhere', 'keyring.json');
  await makeBackup(source, { ...options, keyringTo });
  expect(readFileSync(keyringTo, 'utf8')).toBe(readFileSync(source.keyringFile, 'utf8'));
  expect(statSync(keyringTo).mode & 0o777).toBe(0o600);
  expect(readdirSync(options.target)).not.toContain('keyring.json');
}, 60_000);

test('no argument of a program of PostgreSQL holds the password', async () => {
  const spy = join(kiln.folder, 'pg_dump');
  const seen = join(kiln.folder, 'arguments');
  writeFileSync(
    spy,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo "pg_dump (PostgreSQL) 99.0"; exit; fi\necho "$@" > ${seen}\necho "$PGPASSWORD" >> ${seen}\nexit 1\n`,
  );
  chmodSync(spy, 0o755);
  const source = kiln.place('kiln_spied');
  await kiln.restore(source);
  process.env['KILN_PG_DUMP_PATH'] = spy;
  try {
    const target = join(kiln.folder, 'spied');
    await expect(makeBackup(source, { target, ...kiln.options })).rejects.toMatchObject({
      code: 'backup_failed',
    });
    expect(existsSync(target)).toBe(false);
  } finally {
    delete process.env['KILN_PG_DUMP_PATH'];
  }
  const [args, password] = readFileSync(seen, 'utf8').split('\n');
  expect(args).not.toContain(kiln.password);
  expect(password).toBe(kiln.password);
}, 60_000);

test('a pg_dump that is older than the server is not used', async () => {
  const old = join(kiln.folder, 'old_pg_dump');
  writeFileSync(old, '#!/bin/sh\necho "pg_dump (PostgreSQL) 14.9"\n');
  chmodSync(old, 0o755);
  const source = kiln.place('kiln_old_client');
  await kiln.restore(source);
  process.env['KILN_PG_DUMP_PATH'] = old;
  try {
    await expect(
      makeBackup(source, {
        ...kiln.options,
        target: join(kiln.folder, 'old-client'),
      }),
    ).rejects.toMatchObject({
      code: 'program_missing',
      message: expect.stringContaining('is version 14.9'),
    });
  } finally {
    delete process.env['KILN_PG_DUMP_PATH'];
  }
}, 60_000);

test('a data folder with none of the contexts that the rows name is refused; with one that was dropped it goes on', async () => {
  const source = kiln.place('kiln_wrong_folder');
  await kiln.restore(source);
  const admin = kiln.open(source);
  const record = (sha256: string) =>
    sql`INSERT INTO contents (tenant_id, sha256, size_bytes, stored_at) SELECT id, ${sha256}, 1, now() FROM tenants LIMIT 1`.execute(
      admin,
    );
  await record('a'.repeat(64));
  const target = join(kiln.folder, 'wrong-folder');
  await expect(makeBackup(source, { target, ...kiln.options })).rejects.toMatchObject({
    code: 'backup_failed',
    message: expect.stringContaining('KILN_DATA_DIR'),
  });
  expect(existsSync(target)).toBe(false);

  const dataFolder = join(kiln.folder, 'other-data');
  mkdirSync(join(dataFolder, 'contents', 'tenant'), { recursive: true });
  writeFileSync(join(dataFolder, 'contents', 'tenant', 'b'), 'b');
  await makeBackup({ ...source, dataFolder }, { target, ...kiln.options });
  const restored = await kiln.restore(kiln.place('kiln_dropped'), target);
  expect(restored.contentsMissing).toBe(1);
}, 60_000);
