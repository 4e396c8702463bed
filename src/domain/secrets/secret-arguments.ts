import type { BuildWarning } from '../builds/warning.js';
import { addressPasswords } from './address-passwords.js';
import { connectionSecrets } from './connection-strings.js';
import { MIN_SECRET_BYTES } from './secret.js';

/** Words of a name that say that its value is secret: those of BuildKit's lint SecretsUsedInArgOrEnv, and more. */
const SECRET_WORDS = [
  'key',
  'auth',
  'pass',
  'pat',
  'pwd',
  'pword',
  // With what stands before them, since many names have no sign there: NPMTOKEN, DBPASSWORD. No other words end so.
  '[a-z0-9]*(?:token|secret|credentials?|passphrase|password|passwd)',
  '[a-z0-9]*(?:api|access|account|auth|deploy|encryption|gpg|master|private|secret|signing|ssh|storage)key',
  '(?:admin|db|ftp|ldap|mysql|pg|redis|root|smtp|sql|user)(?:pass|pwd)',
];
const SECRET_NAME = new RegExp(`(?:^|_)(?:${SECRET_WORDS.join('|')})\\d*(?:_|$)`);
const PUBLIC = /(?:^|_)public(?:_|$)/;

/** A shorter value is hidden where it has a digit, as a PIN has: a word or a short number would hide ordinary text. */
const MIN_VALUE_WITH_DIGIT = 5;

/** Something that is given in clear and looks secret, by its name or by where it stands in an address. */
export interface SecretArgument {
  readonly option: 'build_args' | 'environment';
  readonly name: string;
  readonly value: string;
}

/** Whether a word of a name says that its value is secret: `NPM_TOKEN`, `NPMTOKEN`, `dbPassword`, `api-key`, `PASSWORD_PROD`. `MONKEY` and `PUBLIC_KEY` do not. */
export function namesSecret(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[.-]/g, '_')
    .toLowerCase();
  return SECRET_NAME.test(words) && !PUBLIC.test(words);
}

/** Whether a value is long enough to be replaced in texts, logs and documents, without ordinary text going with it. */
export function canBeHidden(value: string): boolean {
  return value.length >= MIN_SECRET_BYTES || (value.length >= MIN_VALUE_WITH_DIGIT && /\d/.test(value));
}

/** What is secret in `NAME=value`: all of it where the name says so, the password of each address in it, and those of a connection string. What is too short to be hidden is left out. */
export function secretParts(name: string, value: string): string[] {
  const parts = [
    ...(namesSecret(name) ? [value] : []),
    ...addressPasswords(value),
    ...connectionSecrets(value),
  ];
  return [...new Set(parts.filter(canBeHidden))];
}

/** What is secret in the arguments and variables of a build, by its options. */
export function secretArguments(options: Readonly<Record<string, unknown>>): SecretArgument[] {
  return (['build_args', 'environment'] as const).flatMap((option) => {
    const given = options[option];
    if (typeof given !== 'object' || given === null) return [];
    return Object.entries(given).flatMap(([name, value]) =>
      typeof value === 'string'
        ? secretParts(name, value).map((part) => ({ option, name, value: part }))
        : [],
    );
  });
}

/** What to do about such arguments. Never with their values. */
export function secretArgumentWarnings(options: Readonly<Record<string, unknown>>): BuildWarning[] {
  const named = new Map(secretArguments(options).map((one) => [`${one.option} ${one.name}`, one]));
  return [...named.values()].map(({ option, name }) => ({
    foundBy: 'kiln',
    rule: 'SecretArgument',
    severity: 'warning',
    line: null,
    column: null,
    message: option === 'build_args' ? argumentWords(name) : variableWords(name),
    link: null,
  }));
}

function argumentWords(name: string): string {
  return `The build argument ${name} looks like a secret: the log hides its value, but the image keeps it where a step puts it, its history too. Store it (kiln secrets set NAME), name it in "secrets", and read it in a step by RUN --mount=type=secret; a template of packer has it as a variable.`;
}

function variableWords(name: string): string {
  return `The variable ${name} looks like a secret: the log hides its value, but buildpacks may leave it in the image. Store it (kiln secrets set NAME) and give it by "bindings".`;
}
