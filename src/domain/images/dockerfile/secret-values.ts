import { canBeHidden, secretParts } from '../../secrets/secret-arguments.js';
import { closingBrace, expandWord } from './expand.js';
import { readDockerfile } from './read.js';
import { wordsOf } from './words.js';

const SETS = /^(?:ONBUILD\s+)?(ARG|ENV)\s+(.*)$/is;
/** `ENV name value`: BuildKit looks for the sign in the first word alone. */
const OLD_FORM = /^([^\s=]+)\s+(.+)$/s;

/** `NAME=word` of an ARG or ENV line, the word as it is written. */
interface Assignment {
  readonly kind: string;
  readonly name: string;
  readonly word: string;
}

/**
 * The values that look secret in a Dockerfile: those that its ARG and ENV lines give, as programs have them, with their variables filled in
 * from the lines above and the arguments of the build, and as the file writes them, for builders print its lines too.
 */
export function secretsInDockerfile(
  text: string,
  buildArgs: Readonly<Record<string, string>> = {},
): string[] {
  const { instructions, escape } = readDockerfile(text);
  const known = new Map<string, string | null>();
  const values = instructions.flatMap(({ keyword, rest }) =>
    assignments(`${keyword} ${rest}`, escape).flatMap(({ kind, name, word }) => {
      const value = expandWord(word, known, escape);
      known.set(name, (kind === 'ARG' ? buildArgs[name] : undefined) ?? value);
      const filled = value === null ? [] : secretParts(name, value);
      const asWritten = written(name, word, escape);
      // Quotes around it need no mask of their own.
      return [...filled, ...asWritten.filter((one) => !filled.some((part) => one.includes(part)))];
    }),
  );
  return [...new Set(values)];
}

function assignments(line: string, escape: string): Assignment[] {
  const [, keyword = '', set] = SETS.exec(line) ?? [];
  if (set === undefined) return [];
  const kind = keyword.toUpperCase();
  const [, oldName, oldValue = ''] = (kind === 'ENV' && OLD_FORM.exec(set)) || [];
  if (oldName !== undefined) return [{ kind, name: oldName, word: oldValue }];
  return wordsOf(set, escape).flatMap((one) => {
    const [, name, word = ''] = /^([^=]*)=(.*)$/s.exec(one) ?? [];
    return name === undefined ? [] : [{ kind, name, word }];
  });
}

/**
 * What looks secret in a word whatever its variables are: as it is written and without its quotes. What variables hold is told where they are
 * set; what the word gives in their place (`${NAME:-word}`) is judged as the word is.
 */
function written(name: string, word: string, escape: string): string[] {
  const { text, instead } = withoutVariables(word, escape);
  const forms = [text.replace(/^(["'])(.*)\1$/s, '$2'), expandWord(text, new Map(), escape) ?? ''];
  return [
    ...forms
      .flatMap((form) => secretParts(name, form))
      .flatMap((part) => part.split(VARIABLE))
      .filter(canBeHidden),
    ...instead.flatMap((one) => written(name, one, escape)),
  ];
}

/** Stands in the place of a variable, and in no Dockerfile. */
const VARIABLE = '\0';

function withoutVariables(word: string, escape: string): { text: string; instead: string[] } {
  const instead: string[] = [];
  let text = '';
  let quote = '';
  for (let at = 0; at < word.length;) {
    const char = word[at] ?? '';
    const variable = char === '$' && quote !== "'" ? variableAt(word.slice(at)) : '';
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    const isEscaped = char === escape && quote !== "'";
    text += variable !== '' ? VARIABLE : word.slice(at, at + (isEscaped ? 2 : 1));
    at += variable !== '' ? variable.length : isEscaped ? 2 : 1;
    const [, given = ''] = /^\$\{\w+:?[-+?](.+)\}$/s.exec(variable) ?? [];
    if (given !== '') instead.push(given);
  }
  return { text, instead };
}

/** The variable at the start of a text; empty where there is none. */
function variableAt(text: string): string {
  if (!text.startsWith('${')) return /^\$\w+/.exec(text)?.[0] ?? '';
  return text.slice(0, closingBrace(text, 2) + 1);
}
