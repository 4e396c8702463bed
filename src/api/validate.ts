import type { z } from 'zod';
import { innermost, plainWords } from '../contracts/plain-words.js';
import { type ErrorCode, type FieldProblem, isErrorCode, KilnError } from '../domain/errors.js';

type Issue = z.core.$ZodIssue;

const MAX_FIELDS = 50;

/** The parsed value; `invalid_request` naming every wrong field otherwise. `root` names the whole where no field is to blame. */
export function validate<S extends z.ZodType>(schema: S, value: unknown, root: string): z.output<S> {
  const result = schema.safeParse(value, { error: plainWords });
  if (result.success) {
    const field = fieldWithNul(result.data, '');
    if (field === null) return result.data;
    throw new KilnError('invalid_request', {
      fields: [{ field: field || root, message: 'a text may not hold a NUL character' }],
    });
  }
  const { issues } = result.error;
  const fields = issues.flatMap((issue) => fieldProblems(issue, root)).slice(0, MAX_FIELDS);
  throw new KilnError(codeOf(issues), { fields });
}

/** PostgreSQL's text has no NUL, so one is refused at the door. The path of the first text that has it; null when none has. */
function fieldWithNul(value: unknown, path: string): string | null {
  if (typeof value === 'string') return value.includes('\u0000') ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    const found = key.includes('\u0000') ? at.replaceAll('\u0000', '') : fieldWithNul(inner, at);
    if (found !== null) return found;
  }
  return null;
}

/** A schema may name another error than `invalid_request` in the params of its issue; it holds when all issues agree. */
function codeOf(issues: readonly Issue[]): ErrorCode {
  const codes = new Set(
    issues.map((issue) => (issue.code === 'custom' ? issue.params?.['code'] : undefined)),
  );
  const [code] = codes;
  return codes.size === 1 && isErrorCode(code) ? code : 'invalid_request';
}

function fieldProblems(issue: Issue, root: string): FieldProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: [...path, key].join('.').slice(0, 200),
      message: issue.message.startsWith('Unrecognized key') ? 'unknown field' : issue.message,
    }));
  }
  const inner = innermost(issue);
  if (inner !== issue) return fieldProblems(inner, root);
  return [{ field: path.join('.').slice(0, 200) || root, message: issue.message }];
}
