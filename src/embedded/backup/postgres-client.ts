import { dirname } from 'node:path';
import { execa } from 'execa';
import { KilnError } from '../../domain/errors.js';
import { ensurePrograms } from '../programs.js';
import { lastLines } from '../programs/run-command.js';
import { serviceEnvironment } from '../services/service-environment.js';

/** A PostgreSQL server as its own programs reach it. */
export interface PostgresTarget {
  /** postgres://user:password@host:port/database */
  readonly adminUrl: string;
  /** For instance 15.18. */
  readonly serverVersion: string;
  /** The program postgres that serves, where it is ours: its own pg_dump and pg_restore lie beside it. */
  readonly postgresPath?: string;
}

const TLS_SETTINGS = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
};

/** Address and password of a database for a program of PostgreSQL. They go by environment, so that no argv shows them. */
export function clientEnvironment(adminUrl: string, database: string): Record<string, string> {
  const url = new URL(adminUrl);
  const given = {
    PGHOST: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    PGPORT: url.port || '5432',
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: database,
    PGCONNECT_TIMEOUT: '10',
    PGAPPNAME: 'kiln backup',
  };
  const tls = Object.entries(TLS_SETTINGS).flatMap(([parameter, name]) => {
    const value = url.searchParams.get(parameter);
    return value === null ? [] : [[name, value] as const];
  });
  return {
    ...serviceEnvironment(process.env),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
    ...Object.fromEntries(tls),
  };
}

/** Finds the program in a version that fits the server: none that is older. `program_missing` otherwise. */
async function findClient(name: 'pg_dump' | 'pg_restore', target: PostgresTarget): Promise<string> {
  const major = target.serverVersion.split('.')[0] ?? '15';
  const beside = target.postgresPath === undefined ? [] : [dirname(target.postgresPath)];
  const searchPath = [...beside, `/usr/lib/postgresql/${major}/bin`, process.env['PATH'] ?? ''].join(':');
  const found = await ensurePrograms([name], { searchPath, accepts: { [name]: { atLeast: major } } });
  return found[name].path;
}

/**
 * Dumps a database as one consistent view of it, while others go on writing. `take` gets the bytes. The role sees every row
 * (`readSourceFacts` has made sure), by its rights or by the controller's policies.
 */
export async function dumpDatabase<T>(
  target: PostgresTarget,
  database: string,
  take: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const running = execa(
    await findClient('pg_dump', target),
    ['--format=custom', '--enable-row-security', '--no-password'],
    {
      stdin: 'ignore',
      buffer: { stdout: false },
      reject: false,
      env: clientEnvironment(target.adminUrl, database),
      extendEnv: false,
    },
  );
  try {
    const taken = await take(running.stdout);
    const result = await running;
    if (result.failed) throw failed('pg_dump', result.stderr || (result.shortMessage ?? ''));
    return taken;
  } finally {
    running.kill();
  }
}

/** Loads a dump into a database that is empty. `onTable` is told of each table before its rows. */
export async function loadDatabase(
  target: PostgresTarget,
  database: string,
  dump: string,
  onTable: (table: string) => void,
): Promise<void> {
  const args = [
    '--exit-on-error',
    '--no-owner',
    '--role=kiln_owner',
    '--no-password',
    '--verbose',
    `--dbname=${database}`,
    dump,
  ];
  const running = execa(await findClient('pg_restore', target), args, {
    stdin: 'ignore',
    reject: false,
    env: clientEnvironment(target.adminUrl, database),
    extendEnv: false,
  });
  for await (const line of running.iterable({ from: 'stderr' })) {
    const [, table] = /processing data for table "public\.([^"]+)"/.exec(line) ?? [];
    if (table !== undefined) onTable(table);
  }
  const result = await running;
  if (result.failed) throw failed('pg_restore', result.stderr || (result.shortMessage ?? ''));
}

function failed(program: string, output: string): KilnError {
  return new KilnError('backup_failed', { message: `${program} failed:\n${lastLines(output, 6)}` });
}
