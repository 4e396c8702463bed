import { isErrorCode, KilnError, type ErrorCode, type FieldProblem } from '../../domain/errors.js';

/** Makes the KilnError of a problem document; an answer without a known code is judged by its HTTP status. */
export function problemToError(status: number, problem: unknown): KilnError {
  const body = typeof problem === 'object' && problem !== null ? (problem as Record<string, unknown>) : {};
  const text = typeof body.detail === 'string' ? body.detail : undefined;
  const fields = Array.isArray(body.fields) ? body.fields : Array.isArray(body.errors) ? body.errors : [];
  return new KilnError(isErrorCode(body.code) ? body.code : codeOfStatus(status), {
    ...(text === undefined ? {} : { message: text }),
    detail: `HTTP ${status}`,
    fields: fields as FieldProblem[],
  });
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 409) return 'conflict';
  if (status === 413) return 'json_too_large';
  if (status === 429 || status === 502 || status === 503 || status === 504) return 'unavailable';
  return status >= 500 ? 'internal' : 'invalid_request';
}
