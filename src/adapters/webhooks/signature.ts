import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Refused, WebhookProvider } from '../../domain/webhooks/provider.js';
import type { WebhookReader, WebhookRequest } from '../../ports/webhook-reader.js';
import { headerOf } from './header.js';
import { refuseForm } from './json-body.js';

type Verdict = ReturnType<WebhookReader['verify']>;

/** How far a signed time may be from ours: https://github.com/standard-webhooks/standard-webhooks gives no number, its libraries this one. */
const TOLERANCE_SECONDS = 5 * 60;
/** Of a secret whose rest is the key in base64, as Standard Webhooks and GitLab's signing tokens have it. */
const KEY_PREFIX = 'whsec_';
const MOST_SIGNATURES = 10;
/** The signature is over `id.time.body`: an id of other characters could say where these parts end. */
const MESSAGE_ID = /^[A-Za-z0-9_.:-]{1,200}$/;

/** Judges who has sent a request; see the port. A header that is there has to hold: none stands in for another. */
export function verifySignature(
  provider: WebhookProvider,
  request: WebhookRequest,
  secret: string,
  now: Date,
): Verdict {
  if (secret === '') return { refused: 'This webhook has no secret: set one here and at the provider.' };
  const form = refuseForm(provider, request);
  if (form !== null) return form;
  switch (provider) {
    case 'github':
      return verifyGithub(request, secret);
    case 'gitlab':
      return verifyGitlab(request, secret, now);
    case 'gitea':
    case 'forgejo':
      return verifyGitea(request, secret);
    case 'generic':
      return verifyStandard(request, secret, now);
  }
}

function verifyGithub(request: WebhookRequest, secret: string): Verdict {
  const header = 'x-hub-signature-256';
  if (headerOf(request, header) !== null) return verifyHex(request, header, 'sha256=', secret);
  return {
    refused:
      headerOf(request, 'x-hub-signature') === null
        ? unsigned('X-Hub-Signature-256')
        : 'Only X-Hub-Signature with SHA-1 came with the request; X-Hub-Signature-256 is needed.',
  };
}

/** Forgejo sends its own, Gitea's and GitHub's signature, Gitea the last two: https://docs.gitea.com/usage/webhooks. */
function verifyGitea(request: WebhookRequest, secret: string): Verdict {
  for (const header of ['x-forgejo-signature', 'x-gitea-signature']) {
    if (headerOf(request, header) !== null) return verifyHex(request, header, '', secret);
  }
  const compatible = 'x-hub-signature-256';
  if (headerOf(request, compatible) !== null) return verifyHex(request, compatible, 'sha256=', secret);
  return { refused: unsigned('X-Gitea-Signature or X-Forgejo-Signature') };
}

/** A signing token signs by Standard Webhooks; a secret token is sent as it is: https://docs.gitlab.com/user/project/integrations/webhooks. */
function verifyGitlab(request: WebhookRequest, secret: string, now: Date): Verdict {
  if (headerOf(request, 'webhook-signature') !== null) return verifyStandard(request, secret, now);
  const token = headerOf(request, 'x-gitlab-token');
  if (token === null) return { refused: unsigned('webhook-signature or X-Gitlab-Token') };
  if (isSame(digestOf(token), digestOf(secret))) return { signedBy: 'x-gitlab-token' };
  return { refused: 'X-Gitlab-Token is not the secret of this webhook.' };
}

function verifyHex(request: WebhookRequest, header: string, prefix: string, secret: string): Verdict {
  const value = headerOf(request, header) ?? '';
  if (value.includes(',')) return { refused: `${header} holds several signatures.` };
  if (!value.startsWith(prefix)) return { refused: `${header} does not begin with ${prefix}` };
  const hex = value.slice(prefix.length);
  if (!/^[0-9a-fA-F]{64}$/.test(hex))
    return { refused: `${header} holds no HMAC-SHA256 of 64 hexadecimal digits.` };
  const expected = createHmac('sha256', secret).update(request.body).digest();
  if (isSame(Buffer.from(hex, 'hex'), expected)) return { signedBy: header };
  return { refused: unfit(header) };
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, symmetric signatures. */
function verifyStandard(request: WebhookRequest, secret: string, now: Date): Verdict {
  const id = headerOf(request, 'webhook-id');
  const time = headerOf(request, 'webhook-timestamp');
  const signatures = headerOf(request, 'webhook-signature');
  if (signatures === null) return { refused: unsigned('webhook-signature') };
  if (id === null || !MESSAGE_ID.test(id)) {
    return { refused: 'webhook-id has 1 to 200 letters, digits and _ . : -' };
  }
  if (time === null || !/^\d{1,12}$/.test(time)) {
    return { refused: 'webhook-timestamp has to be the time in whole seconds since 1970.' };
  }
  const apart = Number(time) - Math.floor(now.getTime() / 1000);
  if (Math.abs(apart) > TOLERANCE_SECONDS) {
    return {
      refused: `webhook-timestamp is ${Math.abs(apart)} seconds ${apart < 0 ? 'ago' : 'ahead'}; ${TOLERANCE_SECONDS} are allowed. Compare the clocks, and sign each try anew.`,
    };
  }
  const key = keyOf(secret);
  if ('refused' in key) return key;
  const given = signatures.split(/,? /).filter((one) => one !== '');
  if (given.length > MOST_SIGNATURES)
    return { refused: `webhook-signature holds more than ${MOST_SIGNATURES} signatures.` };
  const expected = standardSignature(id, time, request.body, key.bytes);
  const fits = given.filter((one) => {
    const base64 = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(one)?.[1];
    return base64 !== undefined && isSame(Buffer.from(base64, 'base64'), expected);
  });
  return fits.length === 0 ? { refused: unfit('webhook-signature') } : { signedBy: 'webhook-signature' };
}

/** The signature of a message by Standard Webhooks, of which `v1,` and the base64 are sent. */
export function standardSignature(
  id: string,
  time: string,
  body: Uint8Array | string,
  key: Uint8Array,
): Buffer {
  return createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest();
}

/** The key of Standard Webhooks in a secret. */
export function keyOf(secret: string): { readonly bytes: Buffer } | Refused {
  if (!secret.startsWith(KEY_PREFIX)) return { bytes: Buffer.from(secret) };
  const base64 = secret.slice(KEY_PREFIX.length);
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return { bytes };
  return { refused: `The secret of this webhook begins with ${KEY_PREFIX}, but what follows is no base64.` };
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function unsigned(headers: string): string {
  return `No ${headers} came with the request: set the secret of this webhook at the provider.`;
}

function unfit(header: string): string {
  return `${header} does not fit the body and the secret of this webhook: set the same secret on both sides.`;
}
