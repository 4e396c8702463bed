import { type FieldProblem, KilnError } from '../errors.js';
import { namedSecrets } from './named-secrets.js';
import type { SettingLayers } from './settings.js';

/**
 * The secrets that the build file alone names. Who may change a source may not open what is stored for every project by it: such a
 * secret has to be the project's own, unless the request or the project names it too.
 */
export function secretsOfFileAlone({
  request,
  build_file: file,
  project,
}: Pick<SettingLayers, 'request' | 'build_file' | 'project'>): ReadonlySet<string> {
  const named = new Set([...namedSecrets(request ?? {}), ...namedSecrets(project ?? {})]);
  return new Set(namedSecrets(file ?? {}).filter((name) => !named.has(name)));
}

/** The refusal of a build whose file names these secrets, which are stored for every project and not for its own. */
export function secretNotAllowed(names: readonly string[]): KilnError {
  const listed = names.map((name) => `"${name}"`).join(', ');
  return new KilnError('secret_not_allowed', {
    message: `The build file names ${listed}, stored for all projects; a build file opens secrets of its own project only.`,
    fields: names.map((name) => ({
      field: 'build_file.secrets',
      message: `"${name}" is not the project's own`,
    })),
  });
}

/** The refusal of a build that names secrets which nobody has stored. `fields` says where it names them. */
export function secretMissing(
  names: readonly string[],
  fields: readonly FieldProblem[] = names.map((name) => ({
    field: 'options.secrets',
    message: `no secret is named "${name}"`,
  })),
): KilnError {
  const listed = names.map((name) => `"${name}"`).join(', ');
  return new KilnError('secret_missing', {
    message: `The build names ${names.length === 1 ? 'a secret' : 'secrets'} that neither its project nor its tenant has: ${listed}.`,
    fields,
  });
}
