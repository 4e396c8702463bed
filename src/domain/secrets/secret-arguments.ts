import type { BuildWarning } from '../builds/warning.js';
import { MIN_SECRET_BYTES } from './secret.js';

/** What the last words of a name say of its value. */
const SECRET_WORDS =
  /(?:^|_)(?:token|password|passwd|pwd|passphrase|secret|credentials?|(?:api|access|private|secret)_?key)$/;

/** Something that is given in clear, under a name that says it is secret. */
export interface SecretArgument {
  readonly option: 'build_args' | 'environment';
  readonly name: string;
  readonly value: string;
}

/** Whether a name says that its value is secret: `NPM_TOKEN`, `dbPassword`, `api-key`. `PASSWORD_FILE` and `TOKEN_URL` do not. */
export function namesSecret(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[.-]/g, '_')
    .toLowerCase();
  return SECRET_WORDS.test(words) && !words.includes('public');
}

/** The arguments and variables of a build, by its options, whose names say that they are secret. What is too short to be masked is left out. */
export function secretArguments(options: Readonly<Record<string, unknown>>): SecretArgument[] {
  return (['build_args', 'environment'] as const).flatMap((option) => {
    const given = options[option];
    if (typeof given !== 'object' || given === null) return [];
    return Object.entries(given).flatMap(([name, value]) =>
      typeof value === 'string' && value.length >= MIN_SECRET_BYTES && namesSecret(name)
        ? [{ option, name, value }]
        : [],
    );
  });
}

/** What to do about such arguments. Never with their values. */
export function secretArgumentWarnings(options: Readonly<Record<string, unknown>>): BuildWarning[] {
  return secretArguments(options).map(({ option, name }) => ({
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
