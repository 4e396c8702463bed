import definitions from '@octokit/webhooks-examples';
import { webhookReader } from '../../../src/adapters/webhooks/reader.js';
import { signed } from './requests.js';

interface Body {
  [field: string]: unknown;
}

const examples = definitions as unknown as readonly { readonly name: string; readonly examples: Body[] }[];

function example(name: string, fits: (body: Body) => boolean = () => true): Body {
  const found = examples.find((one) => one.name === name)?.examples.find(fits);
  if (found === undefined) throw new Error(`No example of ${name}`);
  return structuredClone(found);
}

function read(name: string, body: Body): object {
  return webhookReader.read('github', signed('github', name, body));
}

const URLS = [
  'https://github.com/Codertocat/Hello-World.git',
  'git@github.com:Codertocat/Hello-World.git',
  'https://github.com/Codertocat/Hello-World',
];
const ofBranch = (body: Body): boolean => body['ref'] === 'refs/heads/master';
const ofTag = (body: Body): boolean => body['deleted'] === false && body['ref'] === 'refs/tags/simple-tag';

describe('the examples of GitHub', () => {
  it.each(
    examples.flatMap(({ name, examples: bodies }) =>
      bodies.map((body, index) => [name, index, body] as const),
    ),
  )('are read: %s %i', (name, _, body) => {
    expect(read(name, body)).toHaveProperty('event');
  });

  it('of a push to a branch are read', () => {
    expect(read('push', example('push', ofBranch))).toEqual({
      event: {
        kind: 'push',
        repositoryUrls: URLS,
        ref: 'refs/heads/master',
        branch: 'master',
        tag: null,
        sha: '6113728f27ae82c7b1a177c8d03f9e96e0adf246',
        deleted: false,
        message: 'Initial commit',
        author: 'Codertocat',
        changedPaths: null,
      },
    });
  });

  it('of a push to a branch that was there tell the files', () => {
    const body = { ...example('push', ofBranch), before: 'a'.repeat(40), created: false };
    expect(read('push', body)).toMatchObject({ event: { changedPaths: ['README.md'] } });
  });

  it('of a forced push do not tell the files', () => {
    const body = { ...example('push', ofBranch), before: 'a'.repeat(40), created: false, forced: true };
    expect(read('push', body)).toMatchObject({ event: { changedPaths: null } });
  });

  it('of a push without commits do not tell the files', () => {
    const body = { ...example('push', ofBranch), before: 'a'.repeat(40), created: false, commits: [] };
    expect(read('push', body)).toMatchObject({ event: { changedPaths: null } });
  });

  it('of a pushed tag are read', () => {
    expect(read('push', example('push', ofTag))).toMatchObject({
      event: { kind: 'push', branch: null, tag: 'simple-tag', deleted: false },
    });
  });

  it('of an annotated tag give its commit', () => {
    const body = { ...example('push', ofTag), after: 'b'.repeat(40) };
    expect(read('push', body)).toMatchObject({ event: { sha: '6113728f27ae82c7b1a177c8d03f9e96e0adf246' } });
  });

  it('of a deleted tag are read', () => {
    expect(
      read(
        'push',
        example('push', (body) => body['deleted'] === true),
      ),
    ).toMatchObject({
      event: { kind: 'push', tag: 'simple-tag', sha: '0'.repeat(40), deleted: true },
    });
  });

  it('of a pull request are read', () => {
    expect(
      read(
        'pull_request',
        example('pull_request', ({ action }) => action === 'opened'),
      ),
    ).toEqual({
      event: {
        kind: 'pull_request',
        repositoryUrls: URLS,
        action: 'opened',
        hasNewCode: true,
        number: 2,
        title: 'Update the README with new information.',
        headSha: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
        headRef: 'refs/pull/2/head',
        baseBranch: 'master',
        fork: false,
        author: 'Codertocat',
        message: null,
      },
    });
  });

  it.each([
    ['opened', true],
    ['reopened', true],
    ['synchronize', true],
    ['closed', false],
    ['labeled', false],
    ['ready_for_review', false],
  ])('of a pull request that was %s have new code: %s', (action, hasNewCode) => {
    expect(
      read(
        'pull_request',
        example('pull_request', (body) => body['action'] === action),
      ),
    ).toMatchObject({
      event: { hasNewCode },
    });
  });

  it.each([[{ id: 1 }], [null]])('of a pull request from %j are of a fork', (repo) => {
    const body = example('pull_request');
    Object.assign((body['pull_request'] as { head: object }).head, { repo });
    expect(read('pull_request', body)).toMatchObject({ event: { fork: true } });
  });

  it.each([
    ['published', true],
    ['created', false],
    ['released', false],
    ['edited', false],
    ['deleted', false],
  ])('of a release that was %s are of its publication: %s', (action, isPublished) => {
    expect(
      read(
        'release',
        example('release', (body) => body['action'] === action),
      ),
    ).toMatchObject({
      event: { kind: 'release', tag: '0.0.1', sha: null, isPublished, repositoryUrls: URLS },
    });
  });

  it('of a ping are read', () => {
    expect(read('ping', example('ping'))).toMatchObject({ event: { kind: 'ping' } });
  });

  it.each(['create', 'delete', 'star', 'check_run'])('of %s say why they start no build', (name) => {
    expect(read(name, example(name))).toMatchObject({ event: { kind: 'other', eventType: name } });
  });
});

describe('a body that is not as GitHub sends it', () => {
  it.each<[string, Body, RegExp]>([
    ['names no repository', { repository: undefined }, /repository/],
    ['has a short commit', { after: 'abc' }, /after: expected a full commit id/],
    ['has a number for a ref', { ref: 7 }, /ref: /],
    ['has a ref that git refuses', { ref: 'refs/heads/a..b' }, /ref: expected a full ref/],
    ['has a bare ref', { ref: 'main' }, /ref: expected a full ref/],
    ['has a file that is no text', { commits: [{ id: 'a'.repeat(40), added: [1] }] }, /commits\.0\.added\.0/],
  ])('is refused when it %s', (_, some, reason) => {
    expect(read('push', { ...example('push'), ...some })).toEqual({ refused: expect.stringMatching(reason) });
  });

  it('loses what a database does not take', () => {
    const body = example('push', ofBranch);
    (body['head_commit'] as Body)['message'] = 'a\u0000b\ud800c';
    expect(read('push', body)).toMatchObject({ event: { message: 'ab\ufffdc' } });
  });
});
