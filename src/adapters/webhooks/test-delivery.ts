import { createHmac, randomUUID } from 'node:crypto';
import type { Refused, WebhookProvider } from '../../domain/webhooks/provider.js';
import type { TestPush, TestRequest } from '../../ports/webhook-reader.js';
import { keyOf, standardSignature } from './signature.js';

/** In the body and so under the signature: nobody makes a test of a real delivery, or a real one of a test. */
const MARK = 'kiln_test';
const NO_COMMIT = '0'.repeat(40);

/** Whether a body says that it is a test. */
export function isTest(json: object): boolean {
  return Object.hasOwn(json, MARK) && (json as Record<string, unknown>)[MARK] === true;
}

/** Writes a push as the provider sends it, signed with the secret, and marked as a test; see the port. */
export function writeTest(
  provider: WebhookProvider,
  secret: string,
  push: TestPush,
  now: Date,
): TestRequest | Refused {
  const body = JSON.stringify({ [MARK]: true, ...bodyOf(provider, push) });
  const signed = headersOf(provider, secret, body, push.ref, now);
  if ('refused' in signed) return signed;
  return { headers: { 'content-type': 'application/json', ...signed.headers }, body };
}

/** Of a ref that is new, so that nothing is said of changed files. */
function bodyOf(provider: WebhookProvider, { repositoryUrl, ref, sha }: TestPush): object {
  if (provider === 'generic') return { repository: repositoryUrl, ref, sha };
  const moved = { ref, before: NO_COMMIT, after: sha, commits: [] };
  if (provider !== 'gitlab') return { ...moved, repository: { clone_url: repositoryUrl } };
  const kind = isTag(ref) ? 'tag_push' : 'push';
  return { object_kind: kind, ...moved, checkout_sha: sha, project: { git_http_url: repositoryUrl } };
}

function headersOf(
  provider: WebhookProvider,
  secret: string,
  body: string,
  ref: string,
  now: Date,
): { readonly headers: Record<string, string> } | Refused {
  const id = randomUUID();
  if (provider === 'gitlab' || provider === 'generic') {
    const key = keyOf(secret);
    if ('refused' in key) return key;
    const time = String(Math.floor(now.getTime() / 1000));
    const signature = standardSignature(id, time, body, key.bytes).toString('base64');
    const event = isTag(ref) ? 'Tag Push Hook' : 'Push Hook';
    return {
      headers: {
        ...(provider === 'gitlab' && { 'x-gitlab-event': event }),
        ...{ 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` },
      },
    };
  }
  const hex = createHmac('sha256', secret).update(body).digest('hex');
  const named = { [`x-${provider}-event`]: 'push', [`x-${provider}-delivery`]: id };
  return {
    headers:
      provider === 'github'
        ? { ...named, 'x-hub-signature-256': `sha256=${hex}` }
        : { ...named, [`x-${provider}-signature`]: hex },
  };
}

function isTag(ref: string): boolean {
  return ref.startsWith('refs/tags/');
}
