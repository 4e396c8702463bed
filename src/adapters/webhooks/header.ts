import type { WebhookRequest } from '../../ports/webhook-reader.js';

/** The value of a header without the blanks around it; null when it is missing or empty. Values that were sent apart are joined by commas, as node:http does. */
export function headerOf({ headers }: Pick<WebhookRequest, 'headers'>, name: string): string | null {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  const text = (typeof value === 'string' ? value : (value ?? []).join(', ')).trim();
  return text === '' ? null : text;
}
