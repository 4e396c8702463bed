import { createSealer } from '../../adapters/keyring/sealer.js';
import { CommandFailure } from '../../cli/failure.js';
import { loadControllerConfig } from '../../config.js';
import { KilnError } from '../../domain/errors.js';
import { readServing } from '../../embedded/owner.js';
import { secretPath } from '../../embedded/state.js';
import type { Sealer } from '../../ports/secrets.js';
import { type Database, openDatabase } from '../../storage/database.js';
import { asStorageError } from '../../storage/errors.js';

export interface KeyOptions {
  readonly state?: string;
  readonly json?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs `work` with keyring and database: those of the controller's configuration, else those of the `kiln up` in the state folder.
 * keyring_missing where the configuration names none, `unavailable` where that Kiln is not running or its PostgreSQL does not answer.
 */
export async function withKeys<T>(
  stateFolder: string,
  environment: Environment,
  work: (keyringFile: string, sealer: Sealer, db: Database) => Promise<T>,
): Promise<T> {
  const isConfigured = [
    'KILN_CONTROLLER_DATABASE_URL',
    'KILN_CONTROLLER_DATABASE_URL_FILE',
    'KILN_CONFIG_FILE',
  ].some((name) => environment[name]);
  const config = loadControllerConfig({
    // Keys are no matter of contents: nothing is read or written there.
    KILN_DATA_DIR: stateFolder,
    ...(isConfigured
      ? environment
      : {
          KILN_CONTROLLER_DATABASE_URL_FILE: secretPath(stateFolder, 'database-url-controller'),
          KILN_KEYRING_FILE: secretPath(stateFolder, 'keyring.json'),
        }),
  });
  if (!isConfigured && (await readServing(stateFolder)) === null) throw notRunning(stateFolder);
  if (config.keyringFile === undefined) throw new KilnError('keyring_missing');
  const db = openDatabase({
    url: config.controllerDatabaseUrl,
    poolSize: 2,
    queryTimeoutMs: 0,
    applicationName: 'kiln keys',
  });
  try {
    return await work(config.keyringFile, createSealer(config.keyringFile), db);
  } catch (error) {
    throw isUnanswered(error) ? silentDatabase(isConfigured, error) : error;
  } finally {
    await db.destroy();
  }
}

function notRunning(stateFolder: string): CommandFailure {
  return new CommandFailure('unavailable', {
    message: `The Kiln of ${stateFolder} is not running.`,
    fix: `Start it with \`kiln up --state ${stateFolder}\`, then run this again. For another Kiln give its folder as --state, or its settings by KILN_CONFIG_FILE.`,
  });
}

function isUnanswered(error: unknown): boolean {
  const told = asStorageError(error);
  const { syscall } = error as NodeJS.ErrnoException;
  return (told instanceof KilnError && told.code === 'unavailable') || syscall === 'getaddrinfo';
}

function silentDatabase(isConfigured: boolean, cause: unknown): CommandFailure {
  return new CommandFailure('unavailable', {
    message: `${isConfigured ? 'KILN_CONTROLLER_DATABASE_URL: ' : ''}PostgreSQL does not answer.`,
    detail: (asStorageError(cause) as KilnError).detail ?? String(cause),
    fix: isConfigured
      ? 'See that PostgreSQL runs and that the host and port are right, then run this again.'
      : 'Wait until `kiln up` says that it is ready, then run this again.',
    cause,
  });
}
