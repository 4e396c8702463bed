import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import pg from 'pg';
import { KilnError } from '../../domain/errors.js';
import type { FoundProgram } from '../programs.js';
import { preparePostgresFolder } from './postgres-folder.js';
import { type RunningService, type ServiceContext, startService } from './service.js';
import { postgresUser, type ServiceUser } from './service-user.js';

const SUPERUSER = 'kiln';

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
  const dataFolder = await initialise(folder, binaries, password, user);
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

async function providePassword(stateFolder: string): Promise<string> {
  const path = join(stateFolder, 'secrets', 'postgres-superuser');
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (kept !== '') return kept;
  const password = randomBytes(24).toString('base64url');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, password, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return password;
}

/** Makes the data folder unless it is there: beside its place, then renamed, so that a killed start leaves no half. */
async function initialise(
  folder: string,
  binaries: string,
  password: string,
  user: ServiceUser | undefined,
): Promise<string> {
  const dataFolder = join(folder, 'data');
  if (await stat(dataFolder).catch(() => undefined)) return dataFolder;
  const fresh = join(folder, 'data.new');
  const passwordFile = join(folder, 'password.new');
  await rm(fresh, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.userId, user.groupId);
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  const args = [
    '-D',
    fresh,
    '-U',
    SUPERUSER,
    '-E',
    'UTF8',
    `--locale=${locale}`,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
  ];
  const result = await execa(join(binaries, 'initdb'), args, {
    reject: false,
    all: true,
    cwd: folder,
    ...(user === undefined ? {} : { uid: user.userId, gid: user.groupId }),
  });
  await rm(passwordFile, { force: true });
  if (result.exitCode !== 0)
    throw new KilnError('service_start_failed', {
      message: explainInitdb(binaries, user, result.all || result.shortMessage || ''),
    });
  await rename(fresh, dataFolder);
  return dataFolder;
}

function explainInitdb(binaries: string, user: ServiceUser | undefined, output: string): string {
  const reach =
    user === undefined
      ? ''
      : ` The user "${user.name}" must be able to reach ${binaries}; set KILN_CACHE_DIR to a folder that every user can walk to.`;
  return `initdb did not make the data folder of PostgreSQL.${/EACCES/.test(output) ? reach : ''}\n${output}`;
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
