import { KilnError } from '../domain/errors.js';

const DEADLOCK_OR_SERIALIZATION = new Set(['40P01', '40001']);
/** Classes of SQLSTATE in which the server is not there: connection exceptions, out of resources, shutting down. */
const UNAVAILABLE = /^(08|53|57P)/;
const BROKEN_SOCKET = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT', 'EHOSTUNREACH']);
const BROKEN_TEXT = /Connection terminated|timeout exceeded when trying to connect|Client has encountered/;
/** Raised by the guards of the migrations for a move that the status tables do not allow. */
const ILLEGAL_MOVE = 'KB001';
const UNIQUE_VIOLATION = '23505';

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Whether the same transaction may succeed when it is simply run again. */
export function isRepeatable(error: unknown): boolean {
  return DEADLOCK_OR_SERIALIZATION.has(codeOf(error) ?? '');
}

/** Whether a unique constraint refused the row. */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === UNIQUE_VIOLATION;
}

/** Errors of PostgreSQL and of the connection as Kiln's; others are given back as they are. */
export function asStorageError(error: unknown): unknown {
  if (error instanceof KilnError) return error;
  const code = codeOf(error) ?? '';
  const text = error instanceof Error ? error.message : String(error);
  if (UNAVAILABLE.test(code) || BROKEN_SOCKET.has(code) || BROKEN_TEXT.test(text)) {
    return new KilnError('unavailable', { detail: `PostgreSQL: ${text}`, cause: error });
  }
  if (code === ILLEGAL_MOVE) return new KilnError('illegal_transition', { detail: text, cause: error });
  return error;
}
