import type pg from 'pg';
import { awaitedLater } from '../domain/awaited-later.js';

/** Statements of a transaction whose answer nobody reads. */
const BEGINS = /^(?:begin|start transaction .*)$/i;
const UNREAD = /^(?:begin$|start transaction |select set_config\('kiln\.tenant'|select pg_notify\()/i;
const ENDS = /^(?:commit|rollback)$/i;
const NO_ROWS = { command: 'SELECT', rowCount: 0, oid: 0, fields: [], rows: [] };

/**
 * Sends statements whose answer nobody reads together with the one that follows, in one write, so that a transaction of a single read
 * waits for the server once, and once for its commit. When one of them fails, PostgreSQL refuses what follows in its transaction; the statement that
 * follows then raises the first failure. Needs a connection with `pipeline`.
 */
export function sendAhead(client: pg.PoolClient): void {
  const send = client.query.bind(client) as (...given: unknown[]) => unknown;
  let unread: Promise<unknown>[] = [];
  let isOpen = false;
  const query = (...given: unknown[]): unknown => {
    const { stream } = client.connection;
    const text = typeof given[0] === 'string' ? given[0] : '';
    isOpen = (isOpen || BEGINS.test(text)) && !ENDS.test(text);
    if (isOpen && UNREAD.test(text)) {
      if (unread.length === 0) stream.cork();
      unread.push(awaitedLater(send(...given) as Promise<unknown>));
      return Promise.resolve(NO_ROWS);
    }
    const before = unread;
    unread = [];
    const answer = send(...given);
    if (before.length > 0) stream.uncork();
    if (!(answer instanceof Promise)) return answer;
    return before.length === 0 ? answer : lastOf([...before, answer]);
  };
  Object.assign(client, { query });
}

/** The last answer; the first failure where there is one. */
async function lastOf(answers: readonly Promise<unknown>[]): Promise<unknown> {
  const settled = await Promise.allSettled(answers);
  for (const answer of settled) if (answer.status === 'rejected') throw answer.reason;
  return answers.at(-1);
}
