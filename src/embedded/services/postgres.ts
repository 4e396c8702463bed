import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { FoundProgram } from '../programs.js';
import { initialisePostgres, providePassword, SUPERUSER } from './initialise-postgres.js';
import { preparePostgresFolder } from './postgres-folder.js';
import { type RunningService, type ServiceContext, startService } from './service.js';
import { postgresUser } from './service-user.js';

/** How a client reaches a PostgreSQL server. */
export interface PostgresConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A running PostgreSQL; `connection` is its superuser's, on the database `postgres`. */
export interface RunningPostgres extends RunningService<'sql'> {
  readonly connection: PostgresConnection;
}

/** Starts PostgreSQL on a loopback port. The first start makes the data folder and the superuser's password. */
export async function startPostgres(
  context: ServiceContext & {
    readonly programs: { readonly postgres: FoundProgram };
    readonly port?: number;
    readonly settings?: Readonly<Record<string, string>>;
  },
): Promise<RunningPostgres> {
  const user = await postgresUser();
  const folder = await preparePostgresFolder(context.stateFolder, user);
  const binaries = dirname(await realpath(context.programs.postgres.path));
  const password = await providePassword(context.stateFolder);
  const dataFolder = await initialisePostgres(folder, binaries, password, user);
  const connection = (port: number): PostgresConnection => ({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
  });
  const start = (): Promise<RunningService<'sql'>> =>
    startService(context, {
      name: 'postgres',
      folder,
      portNames: ['sql'],
      ...(context.port === undefined ? {} : { wantedPorts: { sql: context.port } }),
      // SIGINT ends PostgreSQL in order without waiting for its clients.
      stop: { signal: 'SIGINT', graceMs: 15_000 },
      readyTimeoutMs: 60_000,
      command: ({ sql }) => ({
        file: join(binaries, 'postgres'),
        args: [
          '-D',
          dataFolder,
          ...settingArguments({ ...SETTINGS, ...context.settings, port: String(sql) }),
        ],
        cwd: folder,
        ...(user === undefined ? {} : { userId: user.userId, groupId: user.groupId }),
      }),
      probe: ({ sql }) => logInOnce(connection(sql)),
    });
  const service = await startPatiently(start);
  return { ...service, connection: connection(service.ports.sql) };
}

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  max_connections: '200',
  shared_buffers: '128MB',
};

function settingArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

// After a SIGKILL of the server its children hold the shared memory for a moment, and a start is refused until then.
async function startPatiently<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      const isLingering =
        error instanceof Error &&
        /shared memory block .* is still in use|lock file "postmaster.pid" already exists/.test(
          error.message,
        );
      if (!isLingering || attempt === 10) throw error;
      await sleep(500);
    }
  }
}

async function logInOnce(connection: PostgresConnection): Promise<void> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => undefined);
  }
}
