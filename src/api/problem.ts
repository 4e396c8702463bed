import type { Problem } from '../contracts/problem.js';
import { KilnError, toKilnError } from '../domain/errors.js';

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
  const { type } = error as { type?: unknown };
  if (typeof type === 'string') return fromBodyParser(type, error);
  if (error instanceof URIError) return new KilnError('not_found', { cause: error });
  return toKilnError(error);
}

function fromBodyParser(type: string, cause: Error): KilnError {
  switch (type) {
    case 'entity.too.large':
      return new KilnError('json_too_large', { cause });
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
