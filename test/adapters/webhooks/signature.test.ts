import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { verifySignature } from '../../../src/adapters/webhooks/signature.js';
import { WEBHOOK_PROVIDERS } from '../../../src/domain/webhooks/provider.js';
import { aRequest, hmac, NOW, SECRET, signed } from './requests.js';

const BODY = { ref: 'refs/heads/main' };
const { body } = aRequest(BODY);
const TIME = String(Math.floor(NOW.getTime() / 1000));

describe('a signed request', () => {
  it.each([
    ['github', 'x-hub-signature-256'],
    ['gitlab', 'x-gitlab-token'],
    ['gitea', 'x-gitea-signature'],
    ['forgejo', 'x-forgejo-signature'],
    ['generic', 'webhook-signature'],
  ] as const)('of %s is verified by %s', (provider, signedBy) => {
    expect(verifySignature(provider, signed(provider, 'push', BODY), SECRET, NOW)).toEqual({ signedBy });
  });

  it.each(WEBHOOK_PROVIDERS)('of %s is refused with another secret', (provider) => {
    expect(verifySignature(provider, signed(provider, 'push', BODY), 'another', NOW)).toEqual({
      refused: expect.stringMatching(/secret/),
    });
  });

  it.each(WEBHOOK_PROVIDERS)('of %s is refused without any header', (provider) => {
    expect(verifySignature(provider, aRequest(BODY), SECRET, NOW)).toEqual({
      refused: expect.stringMatching(/^No .* came with the request: set the secret/),
    });
  });

  it.each(WEBHOOK_PROVIDERS)(
    'of %s is refused where the webhook has no secret, also when it fits',
    (provider) => {
      const request = aRequest(body, {
        'x-hub-signature-256': `sha256=${hmac(body, '')}`,
        'x-gitea-signature': hmac(body, ''),
        'x-gitlab-token': '',
      });
      expect(verifySignature(provider, request, '', NOW)).toEqual({
        refused: expect.stringMatching(/no secret/),
      });
    },
  );

  it.each(['github', 'gitea', 'forgejo', 'generic'] as const)(
    'of %s is refused with another body',
    (provider) => {
      const { headers } = signed(provider, 'push', BODY);
      const request = { headers, body: Buffer.from('{"ref":"refs/heads/evil"}') };
      expect(verifySignature(provider, request, SECRET, NOW)).toEqual({
        refused: expect.stringMatching(/does not fit/),
      });
    },
  );
});

it('of a form is refused with what to set, for some providers sign them in another way', () => {
  const { headers } = signed('gitea', 'push', BODY);
  const request = aRequest(body, {
    ...headers,
    'content-type': 'application/x-www-form-urlencoded',
  } as never);
  expect(verifySignature('gitea', request, SECRET, NOW)).toEqual({
    refused: expect.stringMatching(/application\/json/),
  });
});

it('of a form is over its bytes for GitHub', () => {
  const form = Buffer.from('payload=%7B%7D');
  const request = aRequest(form, {
    'content-type': 'application/x-www-form-urlencoded',
    'x-hub-signature-256': `sha256=${hmac(form)}`,
  });
  expect(verifySignature('github', request, SECRET, NOW)).toHaveProperty('signedBy');
});

describe('a signature in hexadecimal', () => {
  const good = hmac(body);
  it.each([
    [
      'with SHA-1 alone',
      { 'x-hub-signature': `sha1=${createHmac('sha1', SECRET).update(body).digest('hex')}` },
      /SHA-1/,
    ],
    ['with the name of SHA-1', { 'x-hub-signature-256': `sha1=${good}` }, /does not begin with sha256=/],
    ['that is short', { 'x-hub-signature-256': `sha256=${good.slice(1)}` }, /64 hexadecimal digits/],
    ['that is long', { 'x-hub-signature-256': `sha256=${good}0` }, /64 hexadecimal digits/],
    ['of other letters', { 'x-hub-signature-256': `sha256=${'z'.repeat(64)}` }, /64 hexadecimal digits/],
    ['that is empty', { 'x-hub-signature-256': 'sha256=' }, /64 hexadecimal digits/],
    ['beside another', { 'x-hub-signature-256': `sha256=${good}, sha256=${good}` }, /several/],
  ])('%s is refused', (_, headers, reason) => {
    expect(verifySignature('github', aRequest(body, headers), SECRET, NOW)).toEqual({
      refused: expect.stringMatching(reason),
    });
  });

  it('is taken in capitals', () => {
    const request = aRequest(body, { 'x-hub-signature-256': `sha256=${good.toUpperCase()}` });
    expect(verifySignature('github', request, SECRET, NOW)).toHaveProperty('signedBy');
  });

  it('is over bytes and not over text', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00]);
    const request = aRequest(bytes, { 'x-hub-signature-256': `sha256=${hmac(bytes)}` });
    expect(verifySignature('github', request, SECRET, NOW)).toHaveProperty('signedBy');
  });

  it('of Forgejo does not give way to one of Gitea', () => {
    const request = aRequest(body, { 'x-forgejo-signature': '0'.repeat(64), 'x-gitea-signature': good });
    expect(verifySignature('forgejo', request, SECRET, NOW)).toHaveProperty('refused');
  });

  it('as GitHub sends it is taken from Forgejo', () => {
    const request = aRequest(body, { 'x-hub-signature-256': `sha256=${good}` });
    expect(verifySignature('forgejo', request, SECRET, NOW)).toEqual({ signedBy: 'x-hub-signature-256' });
  });
});

describe('a token of GitLab', () => {
  it.each(['', `${SECRET} `.trim().slice(1), `${SECRET}x`])('%j is refused', (token) => {
    const request = aRequest(body, { 'x-gitlab-token': token });
    expect(verifySignature('gitlab', request, SECRET, NOW)).toHaveProperty('refused');
  });

  it('does not stand in for a signature', () => {
    const request = aRequest(body, { 'x-gitlab-token': SECRET, 'webhook-signature': 'v1,AAAA' });
    expect(verifySignature('gitlab', request, SECRET, NOW)).toHaveProperty('refused');
  });

  it('that signs is taken as the base64 that it is', () => {
    const token = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const request = aRequest(body, standardHeaders(new Webhook(token)));
    expect(verifySignature('gitlab', request, token, NOW)).toEqual({ signedBy: 'webhook-signature' });
  });
});

describe('a signature of Standard Webhooks', () => {
  const token = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
  const headers = standardHeaders(new Webhook(token));
  const verify = (some: Record<string, string | undefined>, secret = token, now = NOW): object =>
    verifySignature('generic', aRequest(body, { ...headers, ...some }), secret, now);

  it('is as the library of the standard makes it', () => {
    expect(verify({})).toHaveProperty('signedBy');
    const raw = new Webhook(SECRET, { format: 'raw' });
    expect(verify(standardHeaders(raw), SECRET)).toHaveProperty('signedBy');
  });

  it('is taken among several, so that secrets can be changed', () => {
    const old = `v1,${Buffer.alloc(32).toString('base64')}`;
    expect(verify({ 'webhook-signature': `v1a,x ${old} ${headers['webhook-signature']}` })).toHaveProperty(
      'signedBy',
    );
    expect(verify({ 'webhook-signature': `${old}, ${headers['webhook-signature']}` })).toHaveProperty(
      'signedBy',
    );
  });

  it.each([
    ['without an id', { 'webhook-id': undefined }, /webhook-id has 1 to 200/],
    ['with an id that could end elsewhere', { 'webhook-id': 'a{' }, /webhook-id has/],
    ['with another id', { 'webhook-id': 'msg_2' }, /does not fit/],
    ['without a time', { 'webhook-timestamp': undefined }, /whole seconds/],
    ['with a time in words', { 'webhook-timestamp': `${TIME}abc` }, /whole seconds/],
    [
      'with a time that is not the signed one',
      { 'webhook-timestamp': String(Number(TIME) + 1) },
      /does not fit/,
    ],
    [
      'of another version',
      { 'webhook-signature': headers['webhook-signature']!.replace('v1,', 'v2,') },
      /does not fit/,
    ],
    ['without a version', { 'webhook-signature': headers['webhook-signature']!.slice(3) }, /does not fit/],
    ['that is empty', { 'webhook-signature': 'v1,' }, /does not fit/],
    ['among too many', { 'webhook-signature': `${'v1,x '.repeat(11)}` }, /more than 10/],
  ])('%s is refused', (_, some, reason) => {
    expect(verify(some)).toEqual({ refused: expect.stringMatching(reason) });
  });

  it('is refused soon where it is long', () => {
    const from = process.cpuUsage();
    expect(verify({ 'webhook-signature': ', '.repeat(8000) })).toHaveProperty('refused');
    expect(process.cpuUsage(from).user / 1000).toBeLessThan(200);
  });

  it.each([
    [-301, /301 seconds ahead/],
    [301, /301 seconds ago/],
  ])('%i seconds later is refused', (seconds, reason) => {
    const now = new Date(NOW.getTime() + seconds * 1000);
    expect(verify({}, token, now)).toEqual({ refused: expect.stringMatching(reason) });
  });

  it.each([-300, 300])('%i seconds later is taken', (seconds) => {
    expect(verify({}, token, new Date(NOW.getTime() + seconds * 1000))).toHaveProperty('signedBy');
  });

  it.each(['whsec_', 'whsec_***', 'whsec_='])('is refused where the secret is %s', (secret) => {
    expect(verify({}, secret)).toEqual({ refused: expect.stringMatching(/no base64/) });
  });
});

function standardHeaders(webhook: Webhook): Record<string, string> {
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': TIME,
    'webhook-signature': webhook.sign('msg_1', NOW, Buffer.from(body)),
  };
}
