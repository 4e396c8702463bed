import { imagePasswords } from '../../secrets/address-passwords.js';
import { canBeHidden, namesSecret, secretParts } from '../../secrets/secret-arguments.js';
import { expandWord, variableAt } from './expand.js';
import type { Instruction } from './instruction.js';
import { readDockerfile } from './read.js';
import { imagesOfFlags } from './registries.js';
import { wordsOf } from './words.js';

const SETS = /^(?:ONBUILD\s+)?(ARG|ENV)\s+(.*)$/is;
/** `ENV name value`: BuildKit looks for the sign in the first word alone. */
const OLD_FORM = /^([^\s=]+)\s+(.+)$/s;
/** No honest word has more variables, or more of them in each other; what is beyond is taken as it is written. */
const MAX_VARIABLES = 100;
const MAX_DEPTH = 8;

/** `NAME=word` of an ARG or ENV line, the word as it is written; null of an ARG without one. */
interface Assignment {
  readonly kind: string;
  readonly name: string;
  readonly word: string | null;
}

/**
 * The values that look secret in a Dockerfile: those that its ARG and ENV lines give, as programs have them, with their variables filled in
 * from the lines above and the arguments of the build, and as the file writes them, for builders print its lines too; and passwords before
 * names of images.
 */
export function secretsInDockerfile(
  text: string,
  buildArgs: Readonly<Record<string, string>> = {},
): string[] {
  const { instructions, escape } = readDockerfile(text);
  const lines = text.split(/\r?\n/);
  const known = new Map<string, string | null>();
  const ofEnv = new Set<string>();
  const values = instructions.flatMap((instruction) => {
    const all = assignments(`${instruction.keyword} ${instruction.rest}`, escape).map((one) => ({
      ...one,
      value: one.word === null ? null : expandWord(one.word, known, escape),
    }));
    // A line has the values from before it, and a variable that ENV has set is no argument any more.
    for (const { kind, name, value } of all) {
      if (kind === 'ENV') ofEnv.add(name);
      else if (ofEnv.has(name)) continue;
      const given = kind === 'ARG' ? (buildArgs[name] ?? value ?? known.get(name)) : value;
      if (given !== undefined) known.set(name, given);
    }
    const found = all.flatMap(({ name, word, value }) => {
      if (word === null) return [];
      const filled = value === null ? [] : secretParts(name, value);
      // Quotes around it need no mask of their own.
      return [
        ...filled,
        ...written(name, word, escape).filter((one) => !filled.some((part) => isQuoted(one, part))),
      ];
    });
    return [
      ...found,
      ...inLines(instruction, lines, escape, found),
      ...imagesOf(instruction)
        .flatMap((name) => [...asWritten(name), ...imagePasswords(expandWord(name, known, escape) ?? '')])
        .filter(canBeHidden),
    ];
  });
  return [...new Set(values)];
}

/** The passwords in a name as the file writes it; a variable is none. */
function asWritten(name: string): string[] {
  const bare = name.replace(/\$\{\w+:?[-+]/g, '');
  return bare.includes('$') ? [] : imagePasswords(bare.replaceAll('}', ''));
}

/** The images that an instruction names; stages among them. */
function imagesOf(instruction: Instruction): string[] {
  const [image = ''] = instruction.keyword.toUpperCase() === 'FROM' ? instruction.rest.split(/\s+/) : [];
  return [image, ...imagesOfFlags(instruction)];
}

function assignments(line: string, escape: string): Assignment[] {
  const [, keyword = '', set] = SETS.exec(line) ?? [];
  if (set === undefined) return [];
  const kind = keyword.toUpperCase();
  const [, oldName, oldValue = ''] = (kind === 'ENV' && OLD_FORM.exec(set)) || [];
  if (oldName !== undefined) return [{ kind, name: bare(oldName), word: oldValue }];
  return wordsOf(set, escape).map((one) => {
    const sign = one.indexOf('=');
    return sign === -1
      ? { kind, name: bare(one), word: null }
      : { kind, name: bare(one.slice(0, sign)), word: one.slice(sign + 1) };
  });
}

function isQuoted(text: string, value: string): boolean {
  return /^["']*$/.test(text.replace(value, () => ''));
}

function bare(name: string): string {
  return name.replace(/["']/g, '');
}

/**
 * What looks secret in a word whatever its variables are: as it is written and without its quotes, whole and in the pieces that stand between
 * variables. What these hold is told where they are set; what the word gives in their place (`${NAME:-word}`) is judged as the word is.
 */
function written(name: string, word: string, escape: string, depth = 0): string[] {
  const { text, filled, instead } = withoutVariables(word, escape);
  const hasPieces = text.replaceAll(VARIABLE, '') !== '';
  const raw = namesSecret(name) && hasPieces && text !== word ? [word] : [];
  const forms = [text, filled].flatMap((one) => [
    one.replace(/^(["'])(.*)\1$/s, '$2'),
    expandWord(one, new Map(), escape) ?? '',
  ]);
  return [
    ...raw,
    ...forms.flatMap((form) => secretParts(name, form)).flatMap((part) => part.split(VARIABLE)),
    ...(depth < MAX_DEPTH ? instead.flatMap((one) => written(name, one, escape, depth + 1)) : []),
  ].filter(canBeHidden);
}

/** Stands in the place of a variable, and in no Dockerfile. */
const VARIABLE = '\0';

/** A word with a sign in the place of each variable, with what is given instead of each (`filled`), and these by themselves. */
function withoutVariables(
  word: string,
  escape: string,
): { readonly text: string; readonly filled: string; readonly instead: string[] } {
  const instead: string[] = [];
  let [text, filled, quote, variables] = ['', '', '', 0];
  for (let at = 0; at < word.length;) {
    const char = word[at] ?? '';
    const mayBeVariable = char === '$' && quote !== "'" && variables < MAX_VARIABLES;
    const variable = mayBeVariable ? variableAt(word, at) : null;
    if (mayBeVariable) variables += 1;
    if (variable !== null && variable !== '$') {
      const [, given = ''] = /^\$\{\w+:?[-+?](.+)\}$/s.exec(variable) ?? [];
      if (given !== '') instead.push(given);
      text += VARIABLE;
      filled += given === '' ? VARIABLE : given;
      at += variable.length;
      continue;
    }
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    const taken = word.slice(at, at + (char === escape && quote !== "'" ? 2 : 1));
    text += taken;
    filled += taken;
    at += taken.length;
  }
  return { text, filled, instead };
}

/** Builders print the lines of a file: a value that goes on in the next one is hidden in its parts. */
function inLines(
  { line, endLine }: Instruction,
  lines: readonly string[],
  escape: string,
  values: readonly string[],
): string[] {
  if (endLine === line || values.length === 0) return [];
  const parts = lines
    .slice(line - 1, endLine)
    .map((one) => one.trimEnd())
    .map((one) => (one.endsWith(escape) ? one.slice(0, -escape.length) : one));
  return values.flatMap((value) =>
    parts.some((part) => part.includes(value))
      ? []
      : parts.flatMap((part) => [endOf(part, value), beginningOf(part, value)]).filter(canBeHidden),
  );
}

/** What a line ends with and the value begins with, or the whole of a line within the value. */
function endOf(part: string, value: string): string {
  if (value.includes(part)) return part;
  for (let length = Math.min(part.length, value.length); length > 0; length -= 1)
    if (part.endsWith(value.slice(0, length))) return value.slice(0, length);
  return '';
}

/** What a line begins with and the value ends with. */
function beginningOf(part: string, value: string): string {
  for (let length = Math.min(part.length, value.length); length > 0; length -= 1)
    if (part.startsWith(value.slice(-length))) return value.slice(-length);
  return '';
}
