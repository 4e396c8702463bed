import type { Refused } from '../../domain/webhooks/provider.js';
import type { WebhookRequest } from '../../ports/webhook-reader.js';
import { headerOf } from './header.js';

/** Deeper than anything that providers send; what stores JSON has limits of its own. */
const MOST_LEVELS = 100;

/** Reads a body as one JSON object; refused with the reason when it is none. */
export function readJsonBody(request: WebhookRequest): { readonly json: object } | Refused {
  const form = refuseForm(request);
  if (form !== null) return form;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(request.body);
    if (levelsOf(request.body) > MOST_LEVELS)
      return { refused: `The body is nested more than ${MOST_LEVELS} levels deep.` };
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { json };
    return { refused: 'The body is no JSON object.' };
  } catch {
    return { refused: 'The body is no JSON in UTF-8.' };
  }
}

/** Some providers sign a form over what it holds and not over its bytes; null for any other body. */
export function refuseForm(request: WebhookRequest): Refused | null {
  const type = headerOf(request, 'content-type') ?? '';
  if (!type.toLowerCase().startsWith('application/x-www-form-urlencoded')) return null;
  return { refused: 'The body is a form: set the content type of the webhook to application/json.' };
}

const [QUOTE, BACKSLASH, ...BRACKETS] = Buffer.from('"\\[]{}');
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = BRACKETS;

/** How deep brackets are nested outside of strings; the bytes of these characters are part of no other in UTF-8. */
function levelsOf(bytes: Uint8Array): number {
  let level = 0;
  let deepest = 0;
  let isInString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) isInString = !isInString;
    else if (isInString) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) deepest = Math.max(deepest, ++level);
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) level--;
  }
  return deepest;
}
