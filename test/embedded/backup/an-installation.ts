import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { ensureKeyringFile } from '../../../src/adapters/keyring/keyring-file.js';
import { createSealer } from '../../../src/adapters/keyring/sealer.js';
import { checkBackup } from '../../../src/embedded/backup/check-backup.js';
import { makeBackup } from '../../../src/embedded/backup/make-backup.js';
import { restoreInstallation } from '../../../src/embedded/backup/restore-installation.js';
import type { Restored } from '../../../src/embedded/backup/restore-state.js';
import type { Step } from '../../../src/embedded/backup/step.js';
import { installationPlace, type Place } from '../../../src/embedded/place.js';
import { createRecorder } from '../../../src/storage/builds/recorder.js';
import { type Database, openDatabase } from '../../../src/storage/database.js';
import { createSecretStore } from '../../../src/storage/secrets/secret-store.js';
import { databaseUrls, setupDatabase } from '../../../src/storage/setup.js';
import { anOutcome, aProject, aRunningBuild, aTenant, finish } from '../../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../../support/database.js';

const PASSWORDS = { api: 'api-password', controller: 'controller-password' };
const VERSION = '0.1.0';
const step: Step = (_title, work) => work(() => undefined);

/** A server with places on it for an operator who is no superuser, and a backup of one of them. */
export interface BackedUp {
  /** What every backup of these tests is made with. */
  readonly options: { readonly withRegistry: boolean; readonly kilnVersion: string; readonly step: Step };
  readonly folder: string;
  /** Of a build that ended, one that runs, and a secret. */
  readonly backup: string;
  readonly password: string;
  readonly keyringFile: string;
  readonly superuser: Database;
  /** A place with a database of its own that is not there yet. */
  place(prefix: string): Place;
  /** The place's database as the superuser sees it, until the end of the test. */
  open(at: Place): Database;
  databases(prefix: string): Promise<string[]>;
  restore(at: Place, backup?: string, options?: { force?: boolean; keyring?: string }): Promise<Restored>;
  /** Ends what `open` opened. */
  afterEach(): Promise<void>;
  close(): Promise<void>;
}

export async function aBackedUpInstallation(): Promise<BackedUp> {
  const server = await freshDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'kiln-backup-'));
  const [operator, password] = [
    `operator_${randomBytes(4).toString('hex')}`,
    randomBytes(12).toString('hex'),
  ];
  await sql
    .raw(
      `CREATE ROLE ${operator} LOGIN CREATEROLE CREATEDB PASSWORD '${password}';
       GRANT kiln_owner, kiln_api, kiln_controller TO ${operator} WITH ADMIN OPTION`,
    )
    .execute(server.admin);
  const url = new URL(server.urls.admin);
  Object.assign(url, { pathname: '/postgres', username: operator, password });
  const environment = {
    KILN_ADMIN_DATABASE_URL: url.href,
    KILN_DATA_DIR: join(folder, 'data'),
    KILN_SETUP_DIR: join(folder, 'setup'),
  };
  const made: string[] = [];
  const pools: Database[] = [];
  const pool = (address: string): Database => {
    pools.push(openDatabase({ url: address, poolSize: 3 }));
    return pools.at(-1)!;
  };
  const place = (prefix: string): Place => {
    made.push(`${prefix}_${randomBytes(4).toString('hex')}`);
    return installationPlace({ ...environment, KILN_DATABASE_NAME: made.at(-1)! });
  };
  const databases = async (prefix: string): Promise<string[]> => {
    const { rows } = await sql<{ name: string }>`
      SELECT datname AS name FROM pg_database WHERE starts_with(datname, ${prefix}) ORDER BY 1`.execute(
      server.admin,
    );
    return rows.map(({ name }) => name);
  };
  const endPools = async (): Promise<void> => {
    await Promise.all(pools.splice(0).map((one) => one.destroy()));
  };
  const options = { withRegistry: true, kilnVersion: VERSION, step };
  const backup = join(folder, 'backup');
  const source = place('kiln_source');
  const { adminUrl, database } = source;
  const urls = await setupDatabase({ adminUrl, database, passwords: PASSWORDS });
  await fill(
    { ...server, urls, admin: pool(urls.admin), api: pool(urls.api), controller: pool(urls.controller) },
    source,
  );
  await endPools();
  await makeBackup(source, { ...options, target: backup });
  return {
    options,
    folder,
    backup,
    password,
    keyringFile: source.keyringFile,
    superuser: server.admin,
    place,
    open: (at) =>
      pool(databaseUrls({ adminUrl: server.urls.admin, database: at.database, passwords: PASSWORDS }).admin),
    databases,
    restore: async (at, from = backup, { force = false, keyring } = {}) =>
      restoreInstallation(at, {
        backup: from,
        manifest: await checkBackup(from, VERSION, step),
        force,
        environment: {},
        step,
        ...(keyring !== undefined && { keyring }),
      }),
    afterEach: endPools,
    async close() {
      for (const name of (await Promise.all(made.map(databases))).flat()) {
        await sql`DROP DATABASE ${sql.id(name)} WITH (FORCE)`.execute(server.admin);
      }
      await sql.raw(`DROP OWNED BY ${operator}; DROP ROLE ${operator}`).execute(server.admin);
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function fill(db: FreshDatabase, { keyringFile }: Place): Promise<void> {
  await ensureKeyringFile(keyringFile);
  const { build, lease, holder } = await aRunningBuild(db, { destinations: ['r.local:5000/app:1'] });
  await finish(db, holder, anOutcome());
  const recorder = createRecorder(db.controller);
  await recorder.moveTags(lease, () => Promise.resolve());
  await recorder.record(build.id, lease, { kind: 'published' });
  await aRunningBuild(db);
  const tenant = await aTenant(db);
  const project = await aProject(db, tenant);
  const secrets = createSecretStore(db.api, createSealer(keyringFile));
  await secrets.put(tenant, project.id, 'token', Buffer.from('a value'));
}
