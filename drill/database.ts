import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** The database of a Kiln, as its superuser, while PostgreSQL dies and comes back. */
export class DrillDatabase {
  #client: pg.Client | null = null;

  constructor(
    private readonly stateFolder: string,
    /** Its port, now. */
    private readonly port: () => number,
  ) {}

  /** A connection of its own, for who holds locks. The caller ends it. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      ...{ host: '127.0.0.1', port: this.port(), user: 'kiln', database: 'kiln' },
      password: readFileSync(join(this.stateFolder, 'secrets', 'postgres-superuser'), 'utf8'),
      ...{ connectionTimeoutMillis: 3_000, query_timeout: 30_000, application_name: 'drill' },
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** One query, which rejects while PostgreSQL is away. */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = (this.#client ??= await this.connect());
    try {
      return (await client.query<Row>(text, values)).rows;
    } catch (error) {
      if (this.#client === client) this.#client = null;
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  /** Repeats a reading query until PostgreSQL answers. */
  async patiently<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.query<Row>(text, values);
      } catch (error) {
        if (tries === 150) throw error;
        await sleep(200);
      }
    }
  }

  async close(): Promise<void> {
    await this.#client?.end().catch(() => undefined);
    this.#client = null;
  }
}
