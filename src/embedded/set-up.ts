import { randomBytes } from 'node:crypto';
import { ensureKeyringFile } from '../adapters/keyring/keyring-file.js';
import { ensureSigningKey } from '../adapters/signing/signing-key-file.js';
import { setupSchedules } from '../adapters/temporal/schedules.js';
import { connectForSetup, setupTemporal } from '../adapters/temporal/setup.js';
import { openDatabase } from '../storage/database.js';
import { bootstrap } from '../storage/identity/bootstrap.js';
import { type DatabaseUrls, setupDatabase } from '../storage/setup.js';
import { keptSecret } from './state.js';

export interface SetUpOptions {
  /** Folder of what is kept between two calls, in its sub-folder `secrets`: passwords and tokens. */
  readonly folder: string;
  /** Where the master keys of the secrets are, or are to be made. */
  readonly keyringFile: string;
  /** Where the key is, or is to be made, by which the controller signs. */
  readonly signingKeyFile: string;
  /** A role that may create roles and databases. */
  readonly adminDatabaseUrl: string;
  readonly database: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly workerName: string;
  readonly slots: number;
  /** Told of each part before it begins. */
  readonly onPart?: (part: 'PostgreSQL' | 'Temporal' | 'Tokens') => void;
}

/** What an installation consists of once PostgreSQL and Temporal know Kiln. */
export interface SetUp {
  readonly urls: DatabaseUrls;
  readonly apiToken: string;
  readonly workerToken: string;
  readonly workerId: string;
  readonly tenantId: string;
}

/**
 * Roles, database and schema; namespace, search attributes and Schedules; the first tenant, token and build host. Repeatable: secrets are
 * made here and kept in the folder, and only their hashes leave it, so that a call which is killed midway is repeated with the same ones.
 */
export async function setUp(options: SetUpOptions): Promise<SetUp> {
  const { folder } = options;
  await ensureKeyringFile(options.keyringFile);
  await ensureSigningKey(options.signingKeyFile);
  options.onPart?.('PostgreSQL');
  const passwords = {
    api: await keptSecret(folder, 'postgres-api'),
    controller: await keptSecret(folder, 'postgres-controller'),
  };
  const { adminDatabaseUrl: adminUrl, database } = options;
  const urls = await setupDatabase({ adminUrl, database, passwords });
  options.onPart?.('Temporal');
  const connection = await connectForSetup(options.temporalAddress);
  try {
    await setupTemporal(connection, options.temporalNamespace);
    await setupSchedules(connection, options.temporalNamespace);
  } finally {
    await connection.close();
  }
  options.onPart?.('Tokens');
  const apiToken = await keptSecret(folder, 'api-token', () => newToken('kiln'));
  const workerToken = await keptSecret(folder, 'worker-token', () => newToken('kilnw'));
  const controller = openDatabase({ url: urls.controller, poolSize: 1, applicationName: 'kiln setup' });
  try {
    const { workerName, slots } = options;
    const { workerId, tenantId } = await bootstrap(controller, { apiToken, workerToken, workerName, slots });
    return { urls, apiToken, workerToken, workerId, tenantId };
  } finally {
    await controller.destroy();
  }
}

function newToken(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}
