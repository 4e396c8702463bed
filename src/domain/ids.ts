import { KilnError } from './errors.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a UUID in its canonical lower-case form. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Gives the id back or raises `not_found`: a malformed id cannot exist, and both answers must look alike. */
export function parseId(text: string): string {
  if (!isUuid(text)) throw new KilnError('not_found');
  return text;
}
