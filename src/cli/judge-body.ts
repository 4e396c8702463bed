import type { z } from 'zod';
import { innermost, plainWords } from '../contracts/plain-words.js';
import { CommandFailure } from './failure.js';

const LONGEST_VALUE = 200;

/**
 * Refuses with `invalid_request`, before Kiln is asked, what Kiln would refuse of values from a command line. `flags` tells by which
 * flag or argument each field came, named as the path of the field or the beginning of it.
 */
export function judgeBody(schema: z.ZodType, body: unknown, flags: Readonly<Record<string, string>>): void {
  const judged = schema.safeParse(body, { error: plainWords });
  if (judged.success) return;
  const fields = judged.error.issues.map((outer) => {
    const issue = innermost(outer);
    const [key, ...more] = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const path = key === undefined || more.length > 0 ? issue.path : [...issue.path, key];
    const message = issue.message.startsWith('Unrecognized key') ? 'unknown field' : issue.message;
    return { field: typedAs(path, body, flags), message };
  });
  throw new CommandFailure('invalid_request', {
    message: fields.map(({ field, message }) => `${field}: ${message}`).join(' '),
    fields,
    fix: 'Correct what is named; --help shows how it is written.',
  });
}

/** A refusal of Kiln's own with the flags that its fields came by, as in `judgeBody`; `fixes` say by field what to do. */
export function namedByFlags(
  error: unknown,
  flags: Readonly<Record<string, string>>,
  fixes: Readonly<Record<string, string>>,
): unknown {
  if (!(error instanceof CommandFailure) || error.fields.length === 0) return error;
  const { code, exitCode, requestId } = error;
  const fields = error.fields.map(({ field, message }) => ({ field: flagOf(field, flags), message }));
  const told = (of: CommandFailure['fields']): string =>
    of.map(({ field, message }) => `${field}: ${message}`).join(' ');
  // Other refusals have words of their own, unless they are made of their fields.
  const isOfFields = code === 'invalid_request' || error.message === told(error.fields);
  return new CommandFailure(code, {
    message: isOfFields ? told(fields) : error.message,
    fields,
    fix: fixes[error.fields[0]?.field ?? ''] ?? error.fix,
    cause: error,
    exitCode,
    ...(requestId === undefined ? {} : { requestId }),
  });
}

/** `--preset options.target_stage` for `build_config_preset.options.target_stage`. */
function flagOf(field: string, flags: Readonly<Record<string, string>>): string {
  const names = field.split('.');
  for (let length = names.length; length > 0; length -= 1) {
    const flag = flags[names.slice(0, length).join('.')];
    if (flag === undefined) continue;
    const rest = names.slice(length).filter((name) => !/^\d+$/.test(name));
    return [flag, ...(rest.length === 0 ? [] : [rest.join('.')])].join(' ');
  }
  return field;
}

/** `-t app:1` for `destinations.0`: the flag, with the value or name that was typed. */
function typedAs(
  path: readonly PropertyKey[],
  body: unknown,
  flags: Readonly<Record<string, string>>,
): string {
  const names = path.map(String);
  for (let length = names.length; length > 0; length -= 1) {
    const flag = flags[names.slice(0, length).join('.')];
    if (flag === undefined) continue;
    const value = names.reduce(
      (at: unknown, name) => (at as Record<string, unknown> | undefined)?.[name],
      body,
    );
    const key = names[length];
    const typed = key !== undefined && !/^\d+$/.test(key) ? key : value;
    return typeof typed === 'string' || typeof typed === 'number' ? `${flag} ${shortened(typed)}` : flag;
  }
  return names.join('.');
}

function shortened(typed: string | number): string {
  const text = String(typed);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}
