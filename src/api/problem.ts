import type { Problem } from '../contracts/problem.js';
import { nameProject } from '../domain/builds/name-project.js';
import { KilnError, toKilnError } from '../domain/errors.js';

/** The one mapper of errors to RFC 9457 problems. Text of unknown errors never leaves the process. `project` is what the request was about. */
export function toProblem(error: unknown, requestId: string, project?: string): Problem {
  const known = classify(error);
  const named = (text: string): string => (project === undefined ? text : nameProject(text, project));
  return {
    type: `urn:kiln:error:${known.code}`,
    title: known.rule.text,
    status: known.rule.status,
    detail: named(known.message),
    code: known.code,
    fix: named(known.fix),
    retryable: known.rule.retryable,
    fields: known.fields.map(({ field, message }) => ({ field, message: named(message) })),
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
