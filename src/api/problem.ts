import type { Problem } from '../contracts/problem.js';
import { KilnError } from '../domain/errors.js';

/** PostgreSQL classes 08 (connection), 53 (resources), 57 (shut down), 25006 (read-only after a failover), and socket errors. */
const OUTAGE =
  /^(?:08\w{3}|53\w{3}|57P0\d|25006|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH)$/;

/** The one mapper of errors to RFC 9457 problems. Text of unknown errors never leaves the process. */
export function toProblem(error: unknown, requestId: string): Problem {
  const known = classify(error);
  return {
    type: `urn:kiln:error:${known.code}`,
    title: known.rule.text,
    status: known.rule.status,
    detail: known.message,
    code: known.code,
    fix: known.rule.fix,
    retryable: known.rule.retryable,
    fields: known.fields.map(({ field, message }) => ({ field, message })),
    request_id: requestId,
  };
}

/** Turns anything thrown into an error of the table, without its text. */
export function classify(error: unknown): KilnError {
  if (error instanceof KilnError) return error;
  if (!(error instanceof Error)) return new KilnError('internal', { cause: error });
  const { type, code } = error as { type?: unknown; code?: unknown };
  if (typeof type === 'string') return fromBodyParser(type, error);
  if (error instanceof URIError) return new KilnError('not_found', { cause: error });
  if (typeof code === 'string' && OUTAGE.test(code)) return new KilnError('unavailable', { cause: error });
  return new KilnError('internal', { cause: error });
}

function fromBodyParser(type: string, cause: Error): KilnError {
  switch (type) {
    case 'entity.too.large':
      return new KilnError('payload_too_large', { cause });
    case 'entity.parse.failed':
    case 'encoding.unsupported':
    case 'charset.unsupported':
    case 'request.size.invalid':
    case 'request.aborted':
      return new KilnError('invalid_json', { cause });
    default:
      return new KilnError('internal', { cause });
  }
}
