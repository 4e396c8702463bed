import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { ensureKeyringFile } from '../adapters/keyring/keyring-file.js';
import { setupTemporal } from '../adapters/temporal/setup.js';
import { openDatabase } from '../storage/database.js';
import { bootstrap } from '../storage/identity/bootstrap.js';
import { setupDatabase } from '../storage/setup.js';
import type { RunningBuildkit } from './services/buildkit.js';
import type { PostgresConnection } from './services/postgres.js';
import type { RunningTemporal } from './services/temporal.js';
import { keptSecret, secretPath, writeSecret } from './state.js';

/** What the processes of one embedded installation must know. */
export interface Installation {
  readonly apiToken: string;
  readonly workerId: string;
  readonly slots: number;
  /** Master keys of the stored secrets; a backup of the database is of no use for them without it. */
  readonly keyringFile: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly registryAddress: string;
  readonly buildkitAddress: string;
  readonly buildctlPath: string;
  /** `none` where BuildKit could only offer the network of the host. */
  readonly runNetwork: 'none' | 'bridge';
}

const DATABASE = 'kiln';

/** Migrates the database, registers namespace and search attributes, makes the first token and the local worker. Repeatable. */
export async function prepareInstallation(given: {
  readonly stateFolder: string;
  readonly slots: number;
  readonly postgres: PostgresConnection;
  readonly temporal: RunningTemporal;
  readonly registryAddress: string;
  readonly buildkit: RunningBuildkit;
}): Promise<Installation> {
  const { stateFolder, postgres, temporal } = given;
  const passwords = {
    api: await keptSecret(stateFolder, 'postgres-api'),
    controller: await keptSecret(stateFolder, 'postgres-controller'),
  };
  const urls = await setupDatabase({ adminUrl: adminUrl(postgres), database: DATABASE, passwords });
  await writeSecret(stateFolder, 'database-url-api', urls.api);
  await writeSecret(stateFolder, 'database-url-controller', urls.controller);
  const keyringFile = secretPath(stateFolder, 'keyring.json');
  await ensureKeyringFile(keyringFile);
  const connection = await Connection.connect({ address: temporal.address });
  await setupTemporal(connection, temporal.namespace);
  await connection.close();
  const identity = await provideIdentity(stateFolder, given.slots, urls.admin);
  return {
    ...identity,
    slots: given.slots,
    keyringFile,
    temporalAddress: temporal.address,
    temporalNamespace: temporal.namespace,
    registryAddress: given.registryAddress,
    buildkitAddress: given.buildkit.address,
    buildctlPath: given.buildkit.buildctlPath,
    runNetwork: given.buildkit.network === 'bridge' ? 'bridge' : 'none',
  };
}

/** Tokens are made here and only their hashes go to the database, so that a start which is killed midway repeats with the same ones. */
async function provideIdentity(
  stateFolder: string,
  slots: number,
  databaseUrl: string,
): Promise<{ apiToken: string; workerId: string }> {
  const apiToken = await keptSecret(stateFolder, 'api-token', () => newToken('kiln'));
  const workerToken = await keptSecret(stateFolder, 'worker-token', () => newToken('kilnw'));
  const database = openDatabase({ url: databaseUrl, poolSize: 1, applicationName: 'kiln setup' });
  try {
    const { workerId } = await bootstrap(database, { apiToken, workerToken, workerName: 'local-1', slots });
    return { apiToken, workerId };
  } finally {
    await database.destroy();
  }
}

function newToken(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

function adminUrl({ host, port, user, password }: PostgresConnection): string {
  const url = new URL(`postgres://${host}:${port}/postgres`);
  url.username = user;
  url.password = password;
  return url.href;
}
