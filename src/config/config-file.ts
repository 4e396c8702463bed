import { readFileSync } from 'node:fs';
import { type FieldProblem, KilnError } from '../domain/errors.js';
import { CONFIG_FILE_VARIABLE } from './command-line-variables.js';
import { SECRET_VARIABLES } from './variables.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const LINE = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/;

/**
 * The environment with the settings of the file that KILN_CONFIG_FILE names beneath it: a variable of the environment wins, an
 * empty one counts as absent, and a secret given there in either form (NAME, NAME_FILE) wins over both forms in the file.
 * Raises `config_invalid` with file and line, never with what the line says.
 */
export function withConfigFile(environment: Environment): Environment {
  const file = environment[CONFIG_FILE_VARIABLE] || undefined;
  if (file === undefined) return environment;
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const settings = parseConfigFile(file, readText(file));
  for (const name of SECRET_VARIABLES) {
    if (given[name] === undefined && given[`${name}_FILE`] === undefined) continue;
    delete settings[name];
    delete settings[`${name}_FILE`];
  }
  return { ...settings, ...given };
}

/**
 * Lines of NAME=value as systemd and compose read them: `#` begins a comment line, quotes around a value are dropped, nothing is
 * expanded.
 */
function parseConfigFile(file: string, text: string): Record<string, string> {
  const settings: Record<string, string> = {};
  const problems: FieldProblem[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const [, name, value = ''] = LINE.exec(line) ?? [];
    const where = `${CONFIG_FILE_VARIABLE} line ${index + 1}`;
    if (name === undefined) problems.push({ field: where, message: 'expected NAME=value' });
    else if (settings[name] !== undefined)
      problems.push({ field: where, message: `${name} is there a second time` });
    else settings[name] = unquote(value);
  }
  if (problems.length === 0) return settings;
  throw new KilnError('config_invalid', {
    message: `The configuration file ${file} is not valid. ${problems.map(({ field, message }) => `${field}: ${message}`).join('; ')}.`,
    fields: problems,
  });
}

function unquote(value: string): string {
  const [, , inner] = /^(["'])(.*)\1$/.exec(value) ?? [];
  return inner ?? value;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new KilnError('config_invalid', {
      message: `${CONFIG_FILE_VARIABLE}: the file ${file} cannot be read. Correct the path, or give this user the right to read it.`,
      fields: [{ field: CONFIG_FILE_VARIABLE, message: 'expected a file that can be read' }],
      cause,
    });
  }
}
