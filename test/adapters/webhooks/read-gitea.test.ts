import { webhookReader } from '../../../src/adapters/webhooks/reader.js';
import * as gitea from './payloads/gitea.js';
import { signed } from './requests.js';

const URLS = [
  'https://git.example.com/team/app.git',
  'git@git.example.com:team/app.git',
  'https://git.example.com/team/app',
];

function read(name: string, body: object): object {
  return webhookReader.read('gitea', signed('gitea', name, body));
}

describe('what Gitea sends', () => {
  it('of a push is read', () => {
    expect(read('push', gitea.push)).toEqual({
      event: {
        kind: 'push',
        repositoryUrls: URLS,
        ref: 'refs/heads/main',
        branch: 'main',
        tag: null,
        sha: gitea.SHA,
        deleted: false,
        message: 'Add a page\n',
        author: 'Somebody',
        changedPaths: ['web/page.html', 'README.md'],
      },
    });
  });

  it('is read the same from Forgejo', () => {
    expect(webhookReader.read('forgejo', signed('forgejo', 'push', gitea.push))).toEqual(
      read('push', gitea.push),
    );
  });

  it.each([
    ['of a new branch', { before: '0'.repeat(40) }],
    ['of more commits than are listed', { total_commits: 6 }],
    ['that may have been cut', { total_commits: undefined, commits: Array(5).fill(gitea.push.commits[0]) }],
    ['whose commits name no files', { commits: [{ ...gitea.push.commits[0], added: null }] }],
    ['without commits', { commits: null, total_commits: 0 }],
  ])('of a push %s does not tell the files', (_, some) => {
    expect(read('push', { ...gitea.push, ...some })).toMatchObject({ event: { changedPaths: null } });
  });

  it('of an annotated tag gives its commit', () => {
    expect(read('push', gitea.tagPush)).toMatchObject({
      event: { kind: 'push', branch: null, tag: 'v1.0.0', sha: gitea.SHA, deleted: false },
    });
  });

  it('of a deleted branch is read', () => {
    expect(read('push', gitea.branchDeleted)).toMatchObject({
      event: { deleted: true, sha: '0'.repeat(40) },
    });
  });

  it.each([
    ['create', gitea.create],
    ['delete', gitea.removal],
  ])('of %s gives way to the push that comes with it', (name, body) => {
    expect(read(name, body)).toEqual({
      event: { kind: 'other', eventType: name, reason: expect.stringMatching(/A push event says the same/) },
    });
  });

  it('of a pull request is read', () => {
    expect(read('pull_request', gitea.pullRequest)).toEqual({
      event: {
        kind: 'pull_request',
        repositoryUrls: URLS,
        action: 'opened',
        hasNewCode: true,
        number: 7,
        title: 'Add a page',
        headSha: gitea.SHA,
        headRef: 'refs/pull/7/head',
        baseBranch: 'main',
        fork: false,
        author: 'somebody',
        message: null,
      },
    });
  });

  it.each([
    ['opened', true],
    ['reopened', true],
    ['synchronized', true],
    ['edited', false],
    ['closed', false],
    ['label_updated', false],
  ])('of a pull request that was %s has new code: %s', (action, hasNewCode) => {
    expect(read('pull_request', { ...gitea.pullRequest, action })).toMatchObject({ event: { hasNewCode } });
  });

  it('of a pull request from another repository is of a fork', () => {
    const pull = gitea.pullRequest.pull_request;
    const body = {
      ...gitea.pullRequest,
      pull_request: { ...pull, head: { ...pull.head, repo_id: 141, repo: null } },
    };
    expect(read('pull_request', body)).toMatchObject({ event: { fork: true } });
  });

  it.each([
    ['published', {}, true],
    ['published', { draft: true }, false],
    ['updated', {}, false],
    ['deleted', {}, false],
  ])('of a release that was %s %j is of its publication: %s', (action, some, isPublished) => {
    expect(
      read('release', { ...gitea.release, action, release: { ...gitea.release.release, ...some } }),
    ).toMatchObject({
      event: { kind: 'release', tag: 'v1.0.0', sha: null, isPublished },
    });
  });

  it('of issues starts no build', () => {
    expect(read('issues', {})).toMatchObject({ event: { kind: 'other', eventType: 'issues' } });
  });

  it('is refused when it names no repository', () => {
    expect(read('push', { ...gitea.push, repository: null })).toEqual({
      refused: expect.stringMatching(/repository/),
    });
  });
});
