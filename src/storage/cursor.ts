import { sql } from 'kysely';
import { isUuid } from '../domain/ids.js';
import { KilnError } from '../domain/errors.js';

/** Where a page ends in the order (time, id), newest first; the time is that of creation unless the list says otherwise. */
export interface Keyset {
  readonly createdAt: Date;
  readonly id: string;
}

/** An opaque cursor (base64url). */
export function encodeCursor(row: { created_at: Date; id: string }): string {
  return Buffer.from(`${row.created_at.toISOString()} ${row.id}`).toString('base64url');
}

/** The keyset of a cursor; invalid_request for anything that was not made by `encodeCursor`. */
export function decodeCursor(cursor: string | null): Keyset | null {
  if (cursor === null) return null;
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const createdAt = new Date(time);
  if (Number.isNaN(createdAt.getTime()) || !isUuid(id)) {
    throw new KilnError('invalid_request', {
      fields: [{ field: 'cursor', message: 'is not a cursor of this list; leave it out to start anew' }],
    });
  }
  return { createdAt, id };
}

/** The condition for rows of `table` that come after the keyset, which is of the columns that are named. */
export function isAfter(
  table: string,
  { createdAt, id }: Keyset,
  [time, key]: readonly [string, string] = ['created_at', 'id'],
) {
  return sql<boolean>`(${sql.ref(`${table}.${time}`)}, ${sql.ref(`${table}.${key}`)}) < (${createdAt}::timestamptz, ${id}::uuid)`;
}

/** Cuts rows that were read with one extra (`limit + 1`) into a page. */
export function toPage<Row extends { created_at: Date; id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  timeOf: (row: Row) => Date = (row) => row.created_at,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    nextCursor:
      rows.length > limit && last !== undefined
        ? encodeCursor({ created_at: timeOf(last), id: last.id })
        : null,
  };
}
