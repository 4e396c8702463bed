import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { BuildFile, ProjectDefaults } from '../../contracts/build-file.js';
import { innermost, plainWords } from '../../contracts/plain-words.js';
import { type FieldProblem, KilnError } from '../../domain/errors.js';
import { nearest } from '../../domain/images/dockerfile/nearest.js';

/** Longest build file, in characters. */
const MAX_LENGTH = 64 * 1024;
/** More copies than this by aliases are a bomb. */
const MAX_ALIASES = 50;
const MAX_PROBLEMS = 10;

/**
 * Reads the text of a build file. Raises build_file_invalid with line and column of each error; `name` is what people call the file.
 */
export function parseBuildFile(text: string, name: string): BuildFile {
  return parse(text, name, BuildFile);
}

/** Reads the defaults of a project from a text in the form of a build file. Raises build_file_invalid. */
export function parseProjectDefaults(text: string, name: string): ProjectDefaults {
  return parse(text, name, ProjectDefaults);
}

interface Problem {
  /** What is wrong; one thing of each is told. */
  readonly field: string;
  readonly message: string;
  /** Offset in the text. */
  readonly at: number;
}

function parse<S extends z.ZodType>(text: string, name: string, schema: S): z.output<S> {
  if (text.length > MAX_LENGTH) {
    throw invalid(name, [{ field: '', message: `The file has more than ${MAX_LENGTH} characters.` }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    customTags: [],
    merge: false,
    prettyErrors: false,
    strict: true,
    uniqueKeys: true,
  });
  const refuse = (problems: readonly Problem[]): KilnError =>
    invalid(
      name,
      problems.slice(0, MAX_PROBLEMS).map(({ message, at }) => {
        const { line, col } = lines.linePos(at);
        return { field: `line ${line}, column ${col}`, message };
      }),
    );
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) throw refuse(broken.map(({ message, pos }) => ({ field: '', message, at: pos[0] })));
  const value = toValue(document, refuse);
  const result = schema.safeParse(value, { error: plainWords });
  if (result.success) return result.data;
  const told = result.error.issues.flatMap((issue) => problemsOf(issue, document, schema));
  throw refuse(told.filter(({ field }, index) => index === told.findIndex((one) => one.field === field)));
}

function toValue(document: Document.Parsed, refuse: (problems: Problem[]) => KilnError): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  } catch (error) {
    throw refuse([{ field: '', message: (error as Error).message, at: 0 }]);
  }
}

/** One issue of the schema as problems with places; each unknown key is its own, at the key. */
function problemsOf(outer: z.core.$ZodIssue, document: Document.Parsed, schema: z.ZodType): Problem[] {
  const issue = innermost(outer);
  if (issue.code === 'unrecognized_keys') {
    const names = fieldsAt(schema, issue.path);
    return issue.keys.map((key) => ({
      field: [...issue.path, key].join('.'),
      message: unknown(key, names),
      at: placeOfKey(document, [...issue.path, key]),
    }));
  }
  const field = issue.path.join('.');
  const message = field === '' ? issue.message : `${field}: ${issue.message}`;
  return [{ field, message, at: placeOf(document, issue.path) }];
}

/** Names of the fields that the schema has at a path; none where it is no object. */
function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema;
  for (const part of [...path, null]) {
    while (at instanceof z.ZodOptional) at = at.unwrap();
    if (!(at instanceof z.ZodObject)) return [];
    if (part === null) break;
    at = at.shape[String(part)];
  }
  return Object.keys((at as z.ZodObject).shape);
}

function unknown(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant !== null) return `There is no field "${key}". Did you mean "${meant}"?`;
  return `There is no field "${key}"${known.length === 0 ? ' here' : `; there are ${known.join(', ')}`}.`;
}

/** Offset of the deepest part of a path that the text has. */
function placeOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return document.contents?.range[0] ?? 0;
}

function placeOfKey(document: Document.Parsed, path: readonly PropertyKey[]): number {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return placeOf(document, path);
  const key = parent.items
    .map((pair) => pair.key)
    .find((one) => isScalar(one) && String(one.value) === path.at(-1));
  return isNode(key) ? (key.range?.[0] ?? 0) : placeOf(document, path);
}

function invalid(name: string, fields: readonly FieldProblem[]): KilnError {
  const [first] = fields;
  const where = first === undefined || first.field === '' ? '' : `, ${first.field}`;
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : '';
  return new KilnError('build_file_invalid', {
    message: `${name}${where}: ${first?.message ?? ''}${more}`,
    fields,
  });
}
