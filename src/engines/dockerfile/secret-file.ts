import { KilnError } from '../../domain/errors.js';

/** The file with a stored secret. `option` is where the build names it. */
export function secretFile(
  files: Readonly<Record<string, string>>,
  { id, name }: { readonly id: string; readonly name: string },
  option: 'secrets' | 'ssh' = 'secrets',
): string {
  const path = files[id];
  if (path !== undefined) return path;
  throw new KilnError('invalid_request', {
    message: `The secret ${JSON.stringify(name)} (id ${id}) is not stored. Store it, or remove it from "${option}".`,
  });
}
