import { createHash } from 'node:crypto';
import type pg from 'pg';

/** On one connection. The server keeps each of them there, some ten kilobytes. */
const MOST = 200;
/** A statement whose result has other columns than when it was prepared: a newer version has changed a table. */
const CHANGED = '0A000';

/**
 * Has the server remember the statements that come again, by name: it reads and plans a text once for a connection. The text of a statement
 * names it, so that nobody has to. A connection whose statements have become wrong by a migration is given up.
 */
export function prepareRepeated(client: pg.PoolClient): void {
  const send = client.query.bind(client) as (...given: unknown[]) => unknown;
  const seen = new Set<string>();
  const names = new Map<string, string>();
  const nameOf = (text: string): string | undefined => {
    const known = names.get(text);
    if (known !== undefined || names.size >= MOST) return known;
    if (!seen.has(text)) {
      if (seen.size < 10 * MOST) seen.add(text);
      return undefined;
    }
    const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
    names.set(text, name);
    return name;
  };
  const query = (...given: unknown[]): unknown => {
    const [text, values] = given;
    if (typeof text !== 'string' || !Array.isArray(values) || given.length > 2) return send(...given);
    const name = nameOf(text);
    if (name === undefined) return send(...given);
    const answer = send({ name, text, values }) as Promise<unknown>;
    answer.catch((error: unknown) => {
      if ((error as { code?: unknown } | null)?.code === CHANGED) client.connection.stream.destroy();
    });
    return answer;
  };
  Object.assign(client, { query });
}
