import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { type Database, openDatabase } from '../database.js';

/*
 * Each process that seals or opens values keeps one session whose application_name says by which key it seals. It is there as long as
 * the process is, every role may read it, and no row has to be cleaned up after a crash.
 */
const PREFIX = 'kiln key ';
/** PostgreSQL cuts longer names off. */
const MAX_NAME_BYTES = 63;
const EVERY_MS = 2_000;

/** Says every two seconds by which key this process seals. The first word is out when it resolves; gives the function that stops it. */
export async function announceKeyring(options: {
  readonly url: string;
  readonly process: string;
  readonly currentKeyId: () => Promise<string>;
  /** Told when it cannot be said, once until it can again. */
  readonly onMissed: (error: unknown) => void;
  readonly everyMs?: number;
}): Promise<() => Promise<void>> {
  const db = openDatabase({ url: options.url, poolSize: 1, applicationName: 'kiln keyring' });
  const stopping = new AbortController();
  let wasMissed = false;
  const say = async (): Promise<void> => {
    try {
      const name = sessionName(await options.currentKeyId(), options.process);
      await sql`SELECT set_config('application_name', ${name}, false)`.execute(db);
      wasMissed = false;
    } catch (error) {
      if (!wasMissed) options.onMissed(error);
      wasMissed = true;
    }
  };
  const keepSaying = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sleep(options.everyMs ?? EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (!stopping.signal.aborted) await say();
    }
  };
  await say();
  const saying = keepSaying();
  return async () => {
    stopping.abort();
    await saying;
    await db.destroy();
  };
}

/** The processes, as `api on HOST`, that do not seal by this key (yet). */
export async function processesBehind(db: Database, keyId: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT application_name AS name FROM pg_stat_activity
    WHERE datname = current_database() AND starts_with(application_name, ${PREFIX})`.execute(db);
  const behind = rows.filter(({ name }) => !name.startsWith(`${PREFIX}${short(keyId)} `));
  return [...new Set(behind.map(({ name }) => name.split(' ').slice(3).join(' ')))].sort();
}

function sessionName(keyId: string, process: string): string {
  return `${PREFIX}${short(keyId)} ${process} on ${hostname()}`.slice(0, MAX_NAME_BYTES);
}

/** Of an id that may be long; it tells nothing about the key. */
function short(keyId: string): string {
  return createHash('sha256').update(keyId).digest('hex').slice(0, 12);
}
