import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { parseColumn } from '../../src/storage/column-types.js';
import type { Database } from '../../src/storage/database.js';
import type { Tables } from '../../src/storage/schema/index.js';

/** A pool of one role whose statements are explained before they run, in the same transaction and with the same values. */
export interface ExplainedDatabase {
  readonly database: Database;
  /** The plans of what `work` has asked, in order, without what differs from run to run. Those of settings are left out. */
  plansOf(work: (database: Database) => Promise<unknown>): Promise<string[]>;
  close(): Promise<void>;
}

export function openExplainedDatabase(url: string): ExplainedDatabase {
  let plans: string[] = [];
  // In their order: a transaction has one connection, and tests explain one transaction after the other.
  const pool = new pg.Pool({ connectionString: url, max: 1, types: { getTypeParser: parseColumn } });
  pool.on('connect', (client) => {
    const send = client.query.bind(client) as (...given: unknown[]) => Promise<pg.QueryResult<object>>;
    const query = async (...given: unknown[]): Promise<unknown> => {
      const [text, values] = given;
      if (typeof text === 'string' && isExplained(text)) {
        const { rows } = await send(`EXPLAIN (COSTS OFF) ${text}`, values);
        plans.push(normalised(rows.map((row) => Object.values(row)[0] as string)));
      }
      return send(...given);
    };
    Object.assign(client, { query });
  });
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    database,
    plansOf: async (work) => {
      plans = [];
      await work(database);
      return plans;
    },
    close: () => database.destroy(),
  };
}

function isExplained(text: string): boolean {
  return /^\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b/i.test(text) && !/^\s*SELECT set_config\b/i.test(text);
}

/** Literals are those of the data; which partition of the log is read depends on the day. */
function normalised(lines: readonly string[]): string {
  return lines
    .join('\n')
    .replaceAll(/'(?:[^']|'')*'/g, '?')
    .replaceAll(/build_logs_\d{8}/g, 'build_logs_DAY');
}
