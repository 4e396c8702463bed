import { addressPasswords } from '../../secrets/address-passwords.js';
import { canBeHidden, secretParts } from '../../secrets/secret-arguments.js';
import { expandWord, type Variables } from './expand.js';
import { readDockerfile } from './read.js';
import { wordsOf } from './words.js';

const SETS = /^(?:ONBUILD\s+)?(ARG|ENV)\s+(.*)$/is;
const OLD_FORM = /^(\w+)\s+(?!\S+=)(.+)$/s;

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

/** A word without variables as it stands there; of another what stands beside them, for what they hold is told where it is set. */
function written(name: string, word: string, escape: string): string[] {
  const pieces = expandWord(word, ANY_VARIABLE, escape)?.split(VARIABLE);
  if (pieces?.length === 1) return secretParts(name, word);
  const passwords = addressPasswords(word).filter((one) => canBeHidden(one) && !one.includes('$'));
  const besides = [...(pieces ?? []), ...word.split(/["']?\$(?:\w+|\{[^}]*\})["']?/)];
  return [...passwords, ...besides.flatMap((piece) => secretParts(name, piece))];
}

const VARIABLE = '\0';
/** Whatever a variable is called, it becomes a sign that stands in no Dockerfile. */
const ANY_VARIABLE: Variables = new (class extends Map<string, string> {
  override get(): string {
    return VARIABLE;
  }
})();
