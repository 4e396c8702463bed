import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { parseColumn } from './column-types.js';
import { isQueryTimeout } from './errors.js';
import { prepareRepeated } from './prepared.js';
import { sendAhead } from './send-ahead.js';
import type { Tables } from './schema/index.js';

export type Database = Kysely<Tables>;
/** One open transaction. */
export type Tx = Transaction<Tables>;

export interface DatabaseOptions {
  /** postgres://user:password@host:port/database */
  readonly url: string;
  /** Every session is this role from its beginning, which the one of the URL must be allowed to become; else it does not open. */
  readonly role?: 'kiln_api';
  /** 10 when absent. */
  readonly poolSize?: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
  /** How long one query may take before its connection is given up, which notices a peer that is gone. 30 s when absent, 0: no limit. */
  readonly queryTimeoutMs?: number;
  /** Told of connections that break while idle (server restarted); the pool opens new ones by itself. */
  readonly onIdleError?: (error: Error) => void;
}

/** A pool of connections of one role. Close it with `destroy()`. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.role === undefined ? options.url : inRole(options.url, options.role),
    max: options.poolSize ?? 10,
    application_name: options.applicationName ?? 'kiln',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    query_timeout: options.queryTimeoutMs ?? 30_000,
    types: { getTypeParser: parseColumn },
    pipeline: true,
  });
  // A connection that is cut inside a transaction says so by its query; without a listener the event would end the process.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    prepareRepeated(client);
    hangUpAfterTimeout(client);
    sendAhead(client);
  });
  pool.on('error', (error) => options.onIdleError?.(error));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

/** A setting of the connection, and not a first query: a session that cannot become the role never answers as another one. */
function inRole(url: string, role: string): string {
  const address = new URL(url);
  const given = address.searchParams.get('options');
  address.searchParams.set('options', [given ?? [], `-c role=${role}`].flat().join(' '));
  return address.toString();
}

/** pg goes on waiting for the answer of a query that timed out, so its connection would be of no use to the next transaction. */
function hangUpAfterTimeout(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  const watched = (...given: unknown[]): unknown => {
    const result = query(...given);
    if (result instanceof Promise) {
      result.catch((error: unknown) => {
        if (isQueryTimeout(error)) client.connection.stream.destroy();
      });
    }
    return result;
  };
  Object.assign(client, { query: watched });
}
