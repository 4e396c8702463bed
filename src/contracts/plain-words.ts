import type { z } from 'zod';

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'fields with values',
  record: 'fields with values',
  null: 'null',
};

/** Of kinds that people write in a form of their own. */
const EXAMPLES: Readonly<Record<string, string>> = {
  array: 'a list, as in [a, b]',
  object: 'fields with values (an object)',
  record: 'fields with values (an object)',
};

const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'an id (a UUID)',
  datetime: 'a time such as 2026-01-31T12:00:00Z',
  base64: 'a text in base64',
  url: 'an address with its scheme, such as https://example.com',
};

/**
 * What is wrong with a value and what to write, in plain words: the error map for `safeParse(value, { error: plainWords })`. Words that a
 * schema has of its own come before these; undefined leaves the words to zod.
 */
export function plainWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return wrongKind(expectedKind(issue.expected), issue.input);
    case 'invalid_value':
      return `expected ${oneOf(issue.values)}`;
    case 'invalid_union':
      return wrongForm(issue);
    case 'too_small':
      return tooSmall(issue.origin, Number(issue.minimum));
    case 'too_big':
      return `expected at most ${amount(issue.origin, Number(issue.maximum))}`;
    case 'invalid_format':
      return `expected ${FORMATS[issue.format] ?? 'another form of text'}`;
    case 'unrecognized_keys':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return undefined;
  }
}

function wrongKind(expected: string | undefined, input: unknown): string | undefined {
  if (expected === undefined) return undefined;
  if (input === undefined) return `is missing; expected ${expected}`;
  // What a query holds is a text that became no number.
  return Number.isNaN(input)
    ? `expected ${expected}`
    : `expected ${expected}, not ${KINDS[kindOf(input)] ?? 'this'}`;
}

function expectedKind(expected: string): string | undefined {
  return EXAMPLES[expected] ?? KINDS[expected];
}

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  return Array.isArray(input) ? 'array' : typeof input;
}

/** Of a choice by a field, the values of that field; of one between kinds, the kinds. */
function wrongForm(issue: z.core.$ZodRawIssue & { code?: 'invalid_union' | undefined }): string | undefined {
  const { options, errors } = issue as unknown as {
    options?: unknown;
    errors?: readonly (readonly z.core.$ZodIssue[])[];
  };
  if (Array.isArray(options)) return `expected ${oneOf(options)}`;
  const expected = (errors ?? []).flatMap(([first]) =>
    first?.code === 'invalid_type' && first.path.length === 0 ? (expectedKind(first.expected) ?? []) : [],
  );
  return expected.length === 0 ? undefined : wrongKind([...new Set(expected)].join(' or '), issue.input);
}

function tooSmall(origin: string, minimum: number): string {
  if (minimum === 1 && origin === 'string') return 'may not be empty';
  return `expected at least ${amount(origin, minimum)}`;
}

function amount(origin: string, count: number): string {
  const what = { string: ' characters', array: ' entries' }[origin] ?? '';
  return `${count}${what}`;
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.map(String);
  return texts.length === 1 ? (texts[0] ?? '') : `one of ${texts.join(', ')}`;
}

/** Of a choice between forms, what the form that fits best says: the issue that lies deepest, else one that is about more than the kind. */
export function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const all = issue.errors.flat();
  const inner = all.find(({ path }) => path.length > 0) ?? all.find(({ code }) => code !== 'invalid_type');
  return inner === undefined ? issue : innermost({ ...inner, path: [...issue.path, ...inner.path] });
}
