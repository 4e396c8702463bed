import { KilnError } from '../../domain/errors.js';

const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 4096;

/**
 * The parts of an entry's name inside the context; empty for the context itself. Raises `path_escapes_context` for
 * absolute names and `..`, `context_invalid` for names that no file can have.
 */
export function entryParts(name: string): string[] {
  if (name.includes('\u0000') || Buffer.byteLength(name) > MAX_PATH_BYTES) throw badName(name);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/') || parts.includes('..')) throw escapes(name, 'its name');
  if (parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES)) throw badName(name);
  return parts;
}

/** The error of an entry that would leave the context. */
export function escapes(name: string, why: string): KilnError {
  return new KilnError('path_escapes_context', {
    message: `The entry ${shown(name)} leads out of the build context by ${why}. Leave it out with .dockerignore.`,
  });
}

/** The error of an entry that a context cannot hold. */
export function unusable(name: string, why: string): KilnError {
  return new KilnError('context_invalid', {
    message: `The entry ${shown(name)} of the build context ${why}.`,
  });
}

export function shown(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}...` : name);
}

function badName(name: string): KilnError {
  return unusable(name, 'has a name that no file can have');
}
