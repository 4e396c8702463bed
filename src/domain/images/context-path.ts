import { KilnError } from '../errors.js';

/** A path inside a build context: relative, cleaned, with forward slashes, never leading out. `.` is the context itself. */
export type ContextPath = string & { readonly [brand]: true };

declare const brand: unique symbol;

const MAX_LENGTH = 1024;
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Reads a path; raises `path_escapes_context` for `..` and absolute paths, `invalid_request` for odd ones. */
export function parseContextPath(text: string): ContextPath {
  const shown = JSON.stringify(text.slice(0, 200));
  if (text === '' || text.length > MAX_LENGTH || CONTROL.test(text) || text.includes('\\')) {
    throw new KilnError('invalid_request', {
      message: `${shown} is not a usable path inside the build context.`,
    });
  }
  if (text.startsWith('-')) {
    throw new KilnError('invalid_request', {
      message: `A path may not begin with "-": ${shown}. Write ./${text}.`,
    });
  }
  const parts = text.split('/');
  if (text.startsWith('/') || parts.includes('..')) {
    throw new KilnError('path_escapes_context', { message: `${shown} leads out of the build context.` });
  }
  const cleaned = parts.filter((part) => part !== '' && part !== '.').join('/');
  return (cleaned === '' ? '.' : cleaned) as ContextPath;
}
