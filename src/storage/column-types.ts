import pg from 'pg';
import { KilnError } from '../domain/errors.js';

const { builtins } = pg.types;

/** int8 as a number; a value past 2^53 is an error, never a rounded number. */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new KilnError('internal', { detail: `int8 ${text} is not a safe integer` });
  }
  return value;
}

/** Parsers per PostgreSQL type: int8 and numeric as number, date as YYYY-MM-DD, the rest as pg does it. */
export const parseColumn = ((oid: number, format?: 'text' | 'binary') => {
  if (format === 'binary') return pg.types.getTypeParser(oid, 'binary');
  switch (oid) {
    case builtins.INT8:
      return parseInt8;
    case builtins.NUMERIC:
      return Number;
    case builtins.DATE:
      return (text: string) => text;
    default:
      return pg.types.getTypeParser(oid, 'text');
  }
}) as typeof pg.types.getTypeParser;
