import { webhookReader } from '../../../src/adapters/webhooks/reader.js';
import * as gitlab from './payloads/gitlab.js';
import { signed } from './requests.js';

const URLS = [
  'https://git.example.com/team/app.git',
  'git@git.example.com:team/app.git',
  'https://git.example.com/team/app',
];

function read(body: object): object {
  return webhookReader.read('gitlab', signed('gitlab', 'Some Hook', body));
}

describe('what GitLab sends', () => {
  it('of a push is read', () => {
    expect(read(gitlab.push)).toEqual({
      event: {
        kind: 'push',
        repositoryUrls: URLS,
        ref: 'refs/heads/main',
        branch: 'main',
        tag: null,
        sha: gitlab.SHA,
        deleted: false,
        message: 'Remove a page',
        author: 'Somebody',
        changedPaths: ['web/page.html', 'README.md', 'web/old.html'],
      },
    });
  });

  it.each([
    ['of a new branch', { before: '0'.repeat(40) }],
    ['of more commits than are listed', { total_commits_count: 21 }],
    ['that does not say how many commits there are', { total_commits_count: undefined }],
    ['without commits', { commits: [], total_commits_count: 0 }],
  ])('of a push %s does not tell the files', (_, some) => {
    expect(read({ ...gitlab.push, ...some })).toMatchObject({ event: { changedPaths: null } });
  });

  it('of an annotated tag gives its commit', () => {
    expect(read(gitlab.tagPush)).toMatchObject({
      event: { kind: 'push', branch: null, tag: 'v1.0.0', sha: gitlab.SHA, deleted: false },
    });
  });

  it('of a deleted branch is read', () => {
    expect(read(gitlab.branchDeleted)).toMatchObject({ event: { deleted: true, sha: '0'.repeat(40) } });
  });

  it('of a merge request is read', () => {
    expect(read(gitlab.mergeRequest)).toEqual({
      event: {
        kind: 'pull_request',
        repositoryUrls: URLS,
        action: 'open',
        hasNewCode: true,
        number: 7,
        title: 'Add a page',
        headSha: gitlab.SHA,
        headRef: 'refs/merge-requests/7/head',
        baseBranch: 'main',
        fork: false,
        author: 'Somebody',
        message: 'Add a page',
      },
    });
  });

  it.each([
    ['an open', { action: 'open' }, true],
    ['a reopen', { action: 'reopen' }, true],
    ['an update with new commits', { action: 'update', oldrev: gitlab.OLDER }, true],
    ['an update of words', { action: 'update' }, false],
    ['a merge', { action: 'merge' }, false],
    ['an approval', { action: 'approved' }, false],
    ['nothing', { action: undefined }, false],
  ])('of a merge request after %s has new code: %s', (_, some, hasNewCode) => {
    expect(read(merge(some))).toMatchObject({ event: { hasNewCode } });
  });

  it.each([[16], [null]])('of a merge request from the project %j is of a fork', (source) => {
    expect(read(merge({ source_project_id: source }))).toMatchObject({ event: { fork: true } });
  });

  it.each([
    ['create', true],
    ['update', false],
    ['delete', false],
  ])('of a release after %s is of its publication: %s', (action, isPublished) => {
    expect(read({ ...gitlab.release, action })).toMatchObject({
      event: { kind: 'release', tag: 'v1.0.0', sha: gitlab.SHA, title: 'One', isPublished },
    });
  });

  it.each(['pipeline', 'issue', undefined])('of the kind %s starts no build', (kind) => {
    expect(read({ object_kind: kind, project: gitlab.project })).toMatchObject({ event: { kind: 'other' } });
  });

  it.each<[string, object, RegExp]>([
    ['names no project', { ...gitlab.push, project: undefined }, /project/],
    ['has no whole commit id', { ...gitlab.push, after: '1' }, /after/],
    ['has a bare ref', { ...gitlab.push, ref: 'main' }, /ref/],
    ['has a tag that git refuses', { ...gitlab.release, tag: '-x y' }, /tag/],
    ['has no last commit', merge({ last_commit: null }), /last_commit/],
  ])('is refused when it %s', (_, body, reason) => {
    expect(read(body)).toEqual({ refused: expect.stringMatching(reason) });
  });
});

function merge(some: object): object {
  return { ...gitlab.mergeRequest, object_attributes: { ...gitlab.mergeRequest.object_attributes, ...some } };
}
