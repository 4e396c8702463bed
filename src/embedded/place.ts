import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { loadRegistryConfig, loadUpkeepConfig, type RegistryConfig } from '../config.js';
import { KilnError } from '../domain/errors.js';
import { type Database, type DatabaseOptions, openDatabase } from '../storage/database.js';
import { refuseHalfRestored } from './backup/restore-marker.js';
import { claimStateFolder, readOwner, releaseStateFolder } from './owner.js';
import { isSameProcess } from './process-identity.js';
import { ensurePrograms } from './programs.js';
import { providePassword, SUPERUSER } from './services/initialise-postgres.js';
import { postgresDataFolder } from './services/postgres-folder.js';
import { startPostgres } from './services/postgres.js';
import { startRegistry } from './services/registry.js';
import { readServiceRecord } from './services/service-record.js';
import { stopOrphans } from './orphans.js';
import { secretPath } from './state.js';

/** Where the state of an installation lies, for those who copy, load or examine it as a whole. */
export interface Place {
  /** PostgreSQL as an administrator, with a database other than Kiln's. */
  readonly adminUrl: string;
  readonly database: string;
  /** KILN_DATA_DIR of the api; null where it is not told. */
  readonly dataFolder: string | null;
  readonly keyringFile: string;
  /** Of `kiln up`: the registry's files and where it serves. An installation's registry is its operator's. */
  readonly registry: { readonly folder: string; readonly address: string | null } | null;
  /** The program postgres of `kiln up`. */
  readonly postgresPath?: string;
  /** How registries are reached, for an installation as its processes do. */
  readonly config: RegistryConfig;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the environment names an installation on a PostgreSQL of its own; otherwise a state folder of `kiln up` is meant. */
export function isInstallation(environment: Environment): boolean {
  return ['KILN_ADMIN_DATABASE_URL', 'KILN_ADMIN_DATABASE_URL_FILE', 'KILN_CONFIG_FILE'].some(
    (name) => environment[name],
  );
}

/** The place of an installation, from the environment or the file that KILN_CONFIG_FILE names. */
export function installationPlace(environment: Environment): Place {
  const config = loadUpkeepConfig(environment);
  const url = new URL(config.adminDatabaseUrl);
  if (config.adminPassword !== undefined) url.password = encodeURIComponent(config.adminPassword);
  return {
    adminUrl: url.href,
    database: config.databaseName,
    dataFolder: config.dataDir ?? null,
    keyringFile: config.keyringFile ?? join(config.setupDir, 'keyring', 'keyring.json'),
    registry: null,
    config,
  };
}

export interface StateOptions {
  /** Whether the registry must serve too. */
  readonly withRegistry: boolean;
}

/**
 * Runs `work` on the state folder of `kiln up`: on the services of the one that serves, else on PostgreSQL, and the registry if it
 * is needed, started for as long as it takes.
 */
export async function withStateFolder<T>(
  stateFolder: string,
  options: StateOptions,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const owner = await readOwner(stateFolder);
  if (owner !== null && isSameProcess(owner)) {
    const [sql, http] = await Promise.all([portOf(stateFolder, 'postgres'), portOf(stateFolder, 'registry')]);
    return work(await statePlace(stateFolder, sql ?? 0, http));
  }
  await refuseHalfRestored(stateFolder);
  if ((await stat(await postgresDataFolder(stateFolder)).catch(() => null)) === null) {
    throw new KilnError('state_missing', { message: `${stateFolder} holds no state of a Kiln.` });
  }
  await claimStateFolder(stateFolder);
  try {
    await stopOrphans(stateFolder);
    return await withServices(stateFolder, options, work);
  } finally {
    await releaseStateFolder(stateFolder);
  }
}

/** Starts the services of a state folder that this process has claimed, for as long as `work` takes. */
export async function withServices<T>(
  stateFolder: string,
  { withRegistry }: StateOptions,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const postgres = await startPostgres({ stateFolder, programs: await ensurePrograms(['postgres']) });
  try {
    const registry = withRegistry
      ? await startRegistry({ stateFolder, programs: await ensurePrograms(['registry']) })
      : null;
    try {
      const http = registry?.ports.http ?? (await portOf(stateFolder, 'registry'));
      return await work(await statePlace(stateFolder, postgres.ports.sql, http));
    } finally {
      await registry?.stop();
    }
  } finally {
    await postgres.stop();
  }
}

async function statePlace(
  stateFolder: string,
  sqlPort: number,
  httpPort: number | undefined,
): Promise<Place> {
  const url = new URL(`postgres://127.0.0.1:${sqlPort}/postgres`);
  url.username = SUPERUSER;
  url.password = await providePassword(stateFolder);
  const address = httpPort === undefined ? null : `127.0.0.1:${httpPort}`;
  const { postgres } = await ensurePrograms(['postgres']);
  return {
    adminUrl: url.href,
    database: 'kiln',
    dataFolder: join(stateFolder, 'data'),
    keyringFile: secretPath(stateFolder, 'keyring.json'),
    registry: { folder: join(stateFolder, 'registry', 'data'), address },
    postgresPath: await realpath(postgres.path),
    config: {
      ...loadRegistryConfig(process.env),
      registry: address ?? undefined,
      insecureRegistries: address === null ? [] : [address],
    },
  };
}

async function portOf(stateFolder: string, service: string): Promise<number | undefined> {
  const record = await readServiceRecord(stateFolder, service);
  return record?.ports[service === 'postgres' ? 'sql' : 'http'];
}

/** Opens a database of the place, as the administrator or in a role of Kiln's. */
export function openAt(place: Pick<Place, 'adminUrl'>, database: string, role?: 'kiln_controller'): Database {
  const url = new URL(place.adminUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  if (role !== undefined) url.searchParams.set('options', `-c role=${role}`);
  const options: DatabaseOptions = {
    url: url.href,
    poolSize: 2,
    queryTimeoutMs: 0,
    applicationName: 'kiln upkeep',
  };
  return openDatabase(options);
}
