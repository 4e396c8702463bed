import type { Refused, WebhookProvider } from '../../domain/webhooks/provider.js';
import type { WebhookRequest } from '../../ports/webhook-reader.js';
import { headerOf } from './header.js';

/** Deeper than anything that providers send; what stores JSON has limits of its own. */
const MOST_LEVELS = 100;

/** Reads a body as one JSON object; refused with the reason when it is none. Of forms GitHub's are read, which hold the JSON as `payload`. */
export function readJsonBody(
  provider: WebhookProvider,
  request: WebhookRequest,
): { readonly json: object } | Refused {
  const form = refuseForm(provider, request);
  if (form !== null) return form;
  try {
    const bytes = isForm(request) ? payloadOf(request.body) : request.body;
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (levelsOf(bytes) > MOST_LEVELS) {
      return { refused: `The body is nested more than ${MOST_LEVELS} levels deep.` };
    }
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { json };
    return { refused: 'The body is no JSON object.' };
  } catch {
    return { refused: 'The body is no JSON in UTF-8.' };
  }
}

/** GitHub signs the bytes of a form, Gitea and Forgejo what it holds, others send none; null for what is no form, or GitHub's. */
export function refuseForm(provider: WebhookProvider, request: WebhookRequest): Refused | null {
  if (provider === 'github' || !isForm(request)) return null;
  return { refused: 'The body is a form: set the content type of the webhook to application/json.' };
}

function isForm(request: WebhookRequest): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(headerOf(request, 'content-type') ?? '');
}

function payloadOf(form: Uint8Array): Buffer {
  return Buffer.from(new URLSearchParams(Buffer.from(form).toString()).get('payload') ?? '');
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
