import { KilnError } from '../errors.js';

/** How a secret may be named: it stays a single file name. */
export const SECRET_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;

/** Shorter values cannot be hidden in a log without hiding ordinary text as well. */
export const MIN_SECRET_BYTES = 6;
export const MAX_SECRET_BYTES = 64 * 1024;

/** Raises invalid_request for a value that is too short to be masked or too long. `field` names it; the value is never told. */
export function checkSecretValue(value: Uint8Array, field: string): void {
  const trouble =
    value.length < MIN_SECRET_BYTES
      ? `is shorter than ${MIN_SECRET_BYTES} bytes, which cannot be masked in logs`
      : value.length > MAX_SECRET_BYTES
        ? `is longer than ${MAX_SECRET_BYTES} bytes`
        : null;
  if (trouble !== null) throw new KilnError('invalid_request', { fields: [{ field, message: trouble }] });
}
