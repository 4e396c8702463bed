import { addressPasswords } from '../../secrets/address-passwords.js';
import { canBeHidden, secretParts } from '../../secrets/secret-arguments.js';
import { expandWord } from './expand.js';
import { readDockerfile } from './read.js';
import { wordsOf } from './words.js';

const SETS = /^(?:ONBUILD\s+)?(ARG|ENV)\s+(.*)$/is;
const OLD_FORM = /^(\w+)\s+(?!\S+=)(.+)$/s;

/** The values that look secret in a Dockerfile: those that its ARG and ENV lines give. */
export function secretsInDockerfile(text: string): string[] {
  const { instructions, escape } = readDockerfile(text);
  const values = instructions.flatMap(({ keyword, rest }) => {
    const [, kind = '', set] = SETS.exec(`${keyword} ${rest}`) ?? [];
    if (set === undefined) return [];
    const [, oldName, oldValue = ''] = (kind.toUpperCase() === 'ENV' && OLD_FORM.exec(set)) || [];
    if (oldName !== undefined) return secretParts(oldName, oldValue);
    return wordsOf(set, escape).flatMap((word) => {
      const [, name = '', given = ''] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
      const value = expandWord(given, new Map(), escape);
      // A part of it is a variable, whose value is told where it is set.
      return value === null ? addressPasswords(given).filter(isWritten) : secretParts(name, value);
    });
  });
  return [...new Set(values)];
}

function isWritten(password: string): boolean {
  return canBeHidden(password) && !password.includes('$');
}
