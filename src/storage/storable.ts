const NOT_STORABLE = /\u0000|\p{Surrogate}/gu;
const REPLACEMENT = '\ufffd';

/** Text as PostgreSQL takes it: NUL and lone surrogates become U+FFFD. */
export function storableText(text: string): string {
  return text.replace(NOT_STORABLE, REPLACEMENT);
}

/** `storableText`, null kept. */
export function storableOrNull(text: string | null): string | null {
  return text === null ? null : storableText(text);
}

function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [storableText(key), storable(entry)]),
    );
  }
  return value;
}

/** A value for a jsonb column. */
export function toJson(value: unknown): string {
  return JSON.stringify(storable(value));
}
