import { KilnError } from '../domain/errors.js';

const DEADLOCK_OR_SERIALIZATION = new Set(['40P01', '40001']);
/**
 * SQLSTATEs after which the same may succeed later: connection exceptions, out of resources, shutting down, a lock or a query that took
 * too long, a transaction that was idle for too long.
 */
const UNAVAILABLE = /^(08|53|57P|55P03|57014|25P03)/;
/** Data exceptions and violated constraints: what was sent cannot be stored, however often it is sent. */
const NOT_STORABLE = /^2[23]/;
const BROKEN_SOCKET = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT', 'EHOSTUNREACH']);
const BROKEN_TEXT =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered|Query read timeout|cached plan must not change/;
/** Raised by the guards of the migrations for a move that the status tables do not allow. */
const ILLEGAL_MOVE = 'KB001';

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Whether pg gave up waiting for an answer. */
export function isQueryTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

/** Whether a lock was not given within lock_timeout. */
export function isLockTimeout(error: unknown): boolean {
  return [error, (error as { cause?: unknown } | null)?.cause].some((one) => codeOf(one) === '55P03');
}

/** Whether a row belongs into no partition that there is. */
export function hasNoPartition(error: unknown): boolean {
  return (
    codeOf(error) === '23514' && error instanceof Error && error.message.includes('no partition of relation')
  );
}

/** Whether the same transaction may succeed when it is simply run again. */
export function isRepeatable(error: unknown): boolean {
  return DEADLOCK_OR_SERIALIZATION.has(codeOf(error) ?? '');
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
  if (NOT_STORABLE.test(code)) {
    return new KilnError('invalid_request', {
      message: 'A value cannot be stored.',
      detail: `PostgreSQL ${code}: ${text}`,
      cause: error,
    });
  }
  return error;
}
