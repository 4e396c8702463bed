import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { parseColumn } from './column-types.js';
import type { Tables } from './schema/index.js';

export type Database = Kysely<Tables>;
/** One open transaction. */
export type Tx = Transaction<Tables>;

export interface DatabaseOptions {
  /** postgres://user:password@host:port/database */
  readonly url: string;
  /** 10 when absent. */
  readonly poolSize?: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
  /** Told of connections that break while idle (server restarted); the pool opens new ones by itself. */
  readonly onIdleError?: (error: Error) => void;
}

/** A pool of connections of one role. Close it with `destroy()`. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 10,
    application_name: options.applicationName ?? 'kiln',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    types: { getTypeParser: parseColumn },
  });
  // A connection that is cut inside a transaction says so by its query; without a listener the event would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', (error) => options.onIdleError?.(error));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}
