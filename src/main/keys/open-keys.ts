import { createSealer } from '../../adapters/keyring/sealer.js';
import { loadControllerConfig } from '../../config.js';
import { KilnError } from '../../domain/errors.js';
import { secretPath } from '../../embedded/state.js';
import type { Sealer } from '../../ports/secrets.js';
import { type Database, openDatabase } from '../../storage/database.js';

export interface KeyOptions {
  readonly state?: string;
  readonly json?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs `work` with keyring and database: those of the controller's configuration, else those of the `kiln up` in the state folder.
 * keyring_missing where the configuration names none.
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
  const config = loadControllerConfig(
    isConfigured
      ? environment
      : {
          KILN_CONTROLLER_DATABASE_URL_FILE: secretPath(stateFolder, 'database-url-controller'),
          KILN_KEYRING_FILE: secretPath(stateFolder, 'keyring.json'),
        },
  );
  if (config.keyringFile === undefined) throw new KilnError('keyring_missing');
  const db = openDatabase({
    url: config.controllerDatabaseUrl,
    poolSize: 2,
    queryTimeoutMs: 0,
    applicationName: 'kiln keys',
  });
  try {
    return await work(config.keyringFile, createSealer(config.keyringFile), db);
  } finally {
    await db.destroy();
  }
}
