import type { z } from 'zod';
import { type ErrorCode, type FieldProblem, isErrorCode, KilnError } from '../domain/errors.js';

type Issue = z.core.$ZodIssue;

const MAX_FIELDS = 50;

/** The parsed value; `invalid_request` naming every wrong field otherwise. `root` names the whole where no field is to blame. */
export function validate<S extends z.ZodType>(schema: S, value: unknown, root: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const fields = issues.flatMap((issue) => fieldProblems(issue, root)).slice(0, MAX_FIELDS);
  throw new KilnError(codeOf(issues), { fields });
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
  if (issue.code === 'invalid_union') {
    const told = issue.errors.find(
      ([first]) => first !== undefined && (first.code !== 'invalid_type' || first.path.length > 0),
    );
    if (told)
      return told.flatMap((inner) => fieldProblems({ ...inner, path: [...issue.path, ...inner.path] }, root));
  }
  return [{ field: path.join('.').slice(0, 200) || root, message: issue.message }];
}
