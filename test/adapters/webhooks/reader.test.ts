import { webhookReader } from '../../../src/adapters/webhooks/reader.js';
import { aRequest, signed } from './requests.js';

const SHA = 'c'.repeat(40);
const generic = { repository: 'https://git.example.com/team/app.git', ref: 'refs/heads/main', sha: SHA };
const read = (body: object | string | Uint8Array): object =>
  webhookReader.read('generic', aRequest(body, { 'webhook-id': 'x' }));

describe('what anybody sends', () => {
  it('is a push', () => {
    expect(read({ ...generic, message: 'Add', author: 'Somebody', changed_paths: ['a'], more: 1 })).toEqual({
      event: {
        kind: 'push',
        repositoryUrls: [generic.repository],
        ref: 'refs/heads/main',
        branch: 'main',
        tag: null,
        sha: SHA,
        deleted: false,
        message: 'Add',
        author: 'Somebody',
        changedPaths: ['a'],
      },
    });
  });

  it('may be as short as that', () => {
    expect(read(generic)).toMatchObject({ event: { message: null, author: null, changedPaths: null } });
  });

  it('deletes a ref with zeros', () => {
    expect(read({ ...generic, sha: '0'.repeat(40) })).toMatchObject({ event: { deleted: true } });
  });

  it('may be a ping', () => {
    expect(read({ event: 'ping', repository: generic.repository })).toEqual({
      event: { kind: 'ping', repositoryUrls: [generic.repository] },
    });
  });

  it.each<[string, object, RegExp]>([
    ['without a repository', { ...generic, repository: undefined }, /repository/],
    ['without a ref', { ...generic, ref: undefined }, /ref/],
    ['with a bare ref', { ...generic, ref: 'main' }, /expected a full ref/],
    ['with a short commit', { ...generic, sha: 'abc' }, /full commit id/],
    ['with an event nobody knows', { ...generic, event: 'pull' }, /event/],
    ['with one path for a list', { ...generic, changed_paths: 'a' }, /changed_paths/],
  ])('is refused %s', (_, body, reason) => {
    expect(read(body)).toEqual({ refused: expect.stringMatching(reason) });
  });
});

describe('a body', () => {
  it.each<[string, string | Uint8Array, RegExp]>([
    ['that is empty', '', /no JSON/],
    ['that is no JSON', '{', /no JSON/],
    ['that is a list', '[]', /no JSON object/],
    ['that is nothing', 'null', /no JSON object/],
    ['that is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /UTF-8/],
    ['that is nested too deep', '{"a":'.repeat(101) + '1' + '}'.repeat(101), /100 levels/],
    ['that is nested out of reach', '['.repeat(1_000_000), /100 levels/],
  ])('%s is refused', (_, body, reason) => {
    expect(read(body)).toEqual({ refused: expect.stringMatching(reason) });
  });

  it('may hold brackets in its texts', () => {
    expect(read({ ...generic, message: `${'['.repeat(500)}\\"${'{'.repeat(500)}` })).toHaveProperty('event');
  });

  it('that is a form is refused with what to set', () => {
    const request = aRequest('payload=%7B%7D', {
      'webhook-id': 'x',
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(webhookReader.read('generic', request)).toEqual({
      refused: expect.stringMatching(/application\/json/),
    });
  });
});

describe('a form of GitHub', () => {
  const sent = (form: string): object =>
    webhookReader.read(
      'github',
      aRequest(form, {
        'x-github-delivery': 'x',
        'x-github-event': 'ping',
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      }),
    );

  it('holds the JSON', () => {
    expect(sent(new URLSearchParams({ payload: '{"zen":"é+ &"}' }).toString())).toEqual({
      event: { kind: 'ping', repositoryUrls: [] },
    });
  });

  it.each(['', 'payload=', 'other=%7B%7D', '{}'])('is refused when it is %j', (form) => {
    expect(sent(form)).toEqual({ refused: expect.stringMatching(/no JSON/) });
  });
});

describe('the name of a delivery', () => {
  it.each(['github', 'gitlab', 'gitea', 'forgejo', 'generic'] as const)('of %s is read', (provider) => {
    expect(webhookReader.identify(provider, signed(provider, 'push', {}))).toEqual({
      deliveryId: 'delivery-1',
      eventType: provider === 'generic' ? 'generic' : 'push',
    });
  });

  it('of GitLab is that of its signature where there is one', () => {
    const request = aRequest('{}', {
      'webhook-id': 'one',
      'idempotency-key': 'two',
      'x-gitlab-event': 'Push Hook',
    });
    expect(webhookReader.identify('gitlab', request)).toEqual({ deliveryId: 'one', eventType: 'Push Hook' });
  });

  it('of an older GitLab tells events apart that have the same UUID', () => {
    const headers = { 'x-gitlab-event-uuid': 'u', 'x-gitlab-event': 'Push Hook' };
    const [one, again, other] = ['{}', '{}', '{"a":1}'].map((body) =>
      webhookReader.identify('gitlab', aRequest(body, headers)),
    );
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
    expect(one).toMatchObject({ deliveryId: expect.stringMatching(/^u:[0-9a-f]{32}$/) });
  });

  it.each<[string, Record<string, string>]>([
    ['is missing', { 'x-github-event': 'push' }],
    ['is long', { 'x-github-event': 'push', 'x-github-delivery': 'x'.repeat(201) }],
    ['has blanks', { 'x-github-event': 'push', 'x-github-delivery': 'a b' }],
    ['stands without an event', { 'x-github-delivery': 'x' }],
  ])('is refused when it %s', (_, headers) => {
    expect(webhookReader.identify('github', aRequest('{}', headers))).toHaveProperty('refused');
    expect(webhookReader.read('github', aRequest('{}', headers))).toHaveProperty('refused');
  });
});
