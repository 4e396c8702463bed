import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { loadBlobConfig, loadRegistryConfig, loadUpkeepConfig, type RegistryConfig } from '../config.js';
import type { BlobPlace } from '../domain/network/blob-place.js';
import { openBlobStore } from '../adapters/blobs/open-contents.js';
import { KilnError } from '../domain/errors.js';
import type { BlobStore } from '../ports/contents.js';
import { type Database, type DatabaseOptions, openDatabase } from '../storage/database.js';
import { refuseHalfRestored } from './backup/restore-marker.js';
import { claimStateFolder, readServing, releaseStateFolder, type StateCommand } from './owner.js';
import { ensurePrograms } from './programs.js';
import { providePassword, SUPERUSER } from './services/initialise-postgres.js';
import { postgresDataFolder } from './services/postgres-folder.js';
import { startPostgres } from './services/postgres.js';
import { startRegistry } from './services/registry.js';
import { readServiceRecord } from './services/service-record.js';
import { refuseLeft, stopOrphans } from './orphans.js';
import { readCliAccess, secretPath } from './state.js';

/** Where the state of an installation lies, for those who copy, load or examine it as a whole. */
export interface Place {
  /** PostgreSQL as an administrator, with a database other than Kiln's. */
  readonly adminUrl: string;
  readonly database: string;
  /** KILN_DATA_DIR of the api; null where it is not told, or where contents lie in a bucket. */
  readonly dataFolder: string | null;
  /** KILN_BLOBS_URL. */
  readonly bucket: BlobPlace | null;
  readonly keyringFile: string;
  /** Of `kiln up`: the registry's files and where it serves. An installation's registry is its operator's. */
  readonly registry: { readonly folder: string; readonly address: string | null } | null;
  /** The program postgres of `kiln up`. */
  readonly postgresPath?: string;
  /** How registries are reached, for an installation as its processes do. */
  readonly config: RegistryConfig;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether the environment names an installation on a PostgreSQL of its own; otherwise a state folder of `kiln up` is meant. One that is
 * named on the command line (`state`) always is.
 */
export function isInstallation(environment: Environment, state: string | undefined): boolean {
  if (state !== undefined) return false;
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
    dataFolder: config.blobsUrl === undefined ? (config.dataDir ?? null) : null,
    bucket: config.blobsUrl ?? null,
    keyringFile: config.keyringFile ?? join(config.setupDir, 'keyring', 'keyring.json'),
    registry: null,
    config,
  };
}

export interface StateOptions {
  /** Of the command line: how registries are reached. */
  readonly environment: Environment;
  /** Whether the registry must serve too. */
  readonly withRegistry: boolean;
}

/**
 * Runs `work` on the state folder of `kiln up`: on the services of the one that serves, else on PostgreSQL, and the registry if it
 * is needed, started for as long as it takes.
 */
export async function withStateFolder<T>(
  stateFolder: string,
  options: StateOptions & { readonly command: StateCommand },
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const serving = await readServing(stateFolder);
  if (serving !== null) {
    // Written when everything is ready.
    if ((await readCliAccess(stateFolder))?.pid !== serving.pid) {
      throw new KilnError('state_in_use', {
        message: `The "kiln up" (process ${String(serving.pid)}) of ${stateFolder} is not ready yet.`,
      });
    }
    const [sql, http] = await Promise.all([portOf(stateFolder, 'postgres'), portOf(stateFolder, 'registry')]);
    return work(await statePlace(stateFolder, options.environment, sql ?? 0, http));
  }
  if ((await stat(await postgresDataFolder(stateFolder)).catch(() => null)) === null) {
    await refuseHalfRestored(stateFolder);
    throw new KilnError('state_missing', { message: `${stateFolder} holds no state of a Kiln.` });
  }
  await claimStateFolder(stateFolder, options.command);
  try {
    await refuseHalfRestored(stateFolder);
    refuseLeft((await stopOrphans(stateFolder)).left);
    return await withServices(stateFolder, options, work);
  } finally {
    await releaseStateFolder(stateFolder);
  }
}

/** Starts the services of a state folder that this process has claimed, for as long as `work` takes. */
export async function withServices<T>(
  stateFolder: string,
  { environment, withRegistry }: StateOptions,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const postgres = await startPostgres({ stateFolder, programs: await ensurePrograms(['postgres']) });
  try {
    const registry = withRegistry
      ? await startRegistry({ stateFolder, programs: await ensurePrograms(['registry']) })
      : null;
    try {
      const http = registry?.ports.http ?? (await portOf(stateFolder, 'registry'));
      return await work(await statePlace(stateFolder, environment, postgres.ports.sql, http));
    } finally {
      await registry?.stop();
    }
  } finally {
    await postgres.stop();
  }
}

async function statePlace(
  stateFolder: string,
  environment: Environment,
  sqlPort: number,
  httpPort: number | undefined,
): Promise<Place> {
  const url = new URL(`postgres://127.0.0.1:${sqlPort}/postgres`);
  url.username = SUPERUSER;
  url.password = await providePassword(stateFolder);
  const address = httpPort === undefined ? null : `127.0.0.1:${httpPort}`;
  const { postgres } = await ensurePrograms(['postgres']);
  // As `kiln up` passes settings on: those of the environment, none of an installation's file.
  const config = loadRegistryConfig({ ...environment, KILN_CONFIG_FILE: undefined });
  return {
    adminUrl: url.href,
    database: 'kiln',
    ...contentsOf(stateFolder, environment),
    keyringFile: secretPath(stateFolder, 'keyring.json'),
    registry: { folder: join(stateFolder, 'registry', 'data'), address },
    postgresPath: await realpath(postgres.path),
    config: {
      ...config,
      registry: address ?? undefined,
      insecureRegistries: [...(address === null ? [] : [address]), ...config.insecureRegistries],
    },
  };
}

/** As `kiln up` passes settings on. */
function contentsOf(stateFolder: string, environment: Environment): Pick<Place, 'dataFolder' | 'bucket'> {
  const { blobsUrl } = loadBlobConfig({ ...environment, KILN_CONFIG_FILE: undefined });
  return blobsUrl === undefined
    ? { dataFolder: join(stateFolder, 'data'), bucket: null }
    : { dataFolder: null, bucket: blobsUrl };
}

async function portOf(stateFolder: string, service: string): Promise<number | undefined> {
  const record = await readServiceRecord(stateFolder, service);
  return record?.ports[service === 'postgres' ? 'sql' : 'http'];
}

/** The contents of the place; null where nobody knows where they lie. */
export async function storeOf({
  dataFolder,
  bucket,
}: Pick<Place, 'dataFolder' | 'bucket'>): Promise<BlobStore | null> {
  if (dataFolder === null && bucket === null) return null;
  return openBlobStore({ dataDir: dataFolder ?? '', blobsUrl: bucket ?? undefined });
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
