import { decide, type WebhookRules } from '../../../src/domain/webhooks/decide.js';
import type { PullRequestEvent, PushEvent, ReleaseEvent } from '../../../src/domain/webhooks/git-event.js';

const SHA = 'a'.repeat(40);
const repositoryUrls = ['https://git.example.com/team/app.git', 'git@git.example.com:team/app.git'];

function rules(some: Partial<WebhookRules> = {}): WebhookRules {
  return {
    repositoryUrl: 'ssh://git@git.example.com/Team/App',
    autoBuildEnabled: true,
    eventTypes: ['push', 'tag', 'pull_request', 'release'],
    branchPatterns: [],
    tagPatterns: [],
    pathPatterns: [],
    ...some,
  };
}

function push(some: Partial<PushEvent> = {}): PushEvent {
  return {
    kind: 'push',
    repositoryUrls,
    ref: 'refs/heads/main',
    branch: 'main',
    tag: null,
    sha: SHA,
    deleted: false,
    message: 'Add a page',
    author: 'Somebody',
    changedPaths: ['src/page.ts', 'README.md'],
    ...some,
  };
}

const tag = (some: Partial<PushEvent> = {}): PushEvent =>
  push({ ref: 'refs/tags/v1', branch: null, tag: 'v1', changedPaths: null, ...some });

function pullRequest(some: Partial<PullRequestEvent> = {}): PullRequestEvent {
  return {
    kind: 'pull_request',
    repositoryUrls,
    action: 'opened',
    hasNewCode: true,
    number: 5,
    title: 'Add a page',
    headSha: SHA,
    headRef: 'refs/pull/5/head',
    baseBranch: 'main',
    fork: false,
    author: 'somebody',
    message: null,
    ...some,
  };
}

function release(some: Partial<ReleaseEvent> = {}): ReleaseEvent {
  return {
    kind: 'release',
    repositoryUrls,
    action: 'published',
    isPublished: true,
    tag: 'v1',
    sha: null,
    author: null,
    title: 'One',
    ...some,
  };
}

describe('a push', () => {
  it('to a branch is built at its commit', () => {
    expect(decide(push(), rules())).toEqual({
      build: {
        event: 'push',
        ref: 'refs/heads/main',
        sha: SHA,
        branch: 'main',
        tag: null,
        author: 'Somebody',
        message: 'Add a page',
        mayUseSecrets: true,
        values: { ref: 'refs/heads/main', sha: SHA, branch: 'main', tag: null, number: null },
      },
    });
  });

  it('of a tag is built as a tag, whatever the message says', () => {
    expect(decide(tag({ message: 'Release [skip ci]' }), rules())).toMatchObject({
      build: {
        event: 'tag',
        ref: 'refs/tags/v1',
        branch: null,
        tag: 'v1',
        values: { tag: 'v1', branch: null },
      },
    });
  });

  it.each<[string, PushEvent, Partial<WebhookRules>, RegExp]>([
    ['is not asked for', push(), { eventTypes: ['tag'] }, /event_types does not list push; it lists tag\./],
    ['of a tag is not asked for', tag(), { eventTypes: ['push'] }, /does not list tag/],
    [
      'goes to another branch',
      push(),
      { branchPatterns: ['release/*'] },
      /branch_patterns does not take main in/,
    ],
    ['is of another tag', tag(), { tagPatterns: ['release-*'] }, /tag_patterns does not take v1 in/],
    ['deletes a branch', push({ deleted: true, sha: '0'.repeat(40) }), {}, /branch main was deleted/],
    ['deletes a tag', tag({ deleted: true }), {}, /tag v1 was deleted/],
    ['says so', push({ message: 'Add [ci skip]' }), {}, /says \[ci skip\]/],
    ['changes other files', push(), { pathPatterns: ['docs/**'] }, /none of the 2 changed files/],
    [
      'is of another kind of ref',
      push({ ref: 'refs/notes/x', branch: null }),
      {},
      /neither a branch nor a tag/,
    ],
    ['comes while builds are off', push(), { autoBuildEnabled: false }, /auto_build_enabled is off/],
  ])('is ignored when it %s', (_, event, some, reason) => {
    expect(decide(event, rules(some))).toEqual({ ignored: expect.stringMatching(reason) });
  });

  it.each<[string, string[] | null]>([
    ['a file that is taken in', ['README.md', 'src/page.ts']],
    ['nobody knows what', null],
    ['more than can be compared', Array.from({ length: 3000 }, (_, index) => `docs/${index}/a-long-name.md`)],
  ])('that changes %s is built', (_, changedPaths) => {
    expect(decide(push({ changedPaths }), rules({ pathPatterns: ['src/**'] }))).toHaveProperty('build');
  });

  it('that names another repository is refused', () => {
    const event = push({ repositoryUrls: ['https://git.example.com/team/other'] });
    expect(decide(event, rules())).toEqual({
      refused: expect.stringMatching(/names https:\/\/git.example.com\/team\/other, but .* is for ssh:/),
    });
  });

  it('that names no repository is refused', () => {
    expect(decide(push({ repositoryUrls: [] }), rules())).toHaveProperty('refused');
  });

  it('to another repository is refused even when builds are off', () => {
    const event = push({ repositoryUrls: ['https://git.example.com/team/other'] });
    expect(decide(event, rules({ autoBuildEnabled: false }))).toHaveProperty('refused');
  });
});

describe('a pull request', () => {
  it('of the repository itself is built at its head', () => {
    expect(decide(pullRequest(), rules())).toMatchObject({
      build: {
        event: 'pull_request',
        ref: 'refs/pull/5/head',
        sha: SHA,
        branch: null,
        mayUseSecrets: true,
        values: { branch: null, number: '5' },
      },
    });
  });

  it('of another repository waits for approval and gets no secrets', () => {
    expect(decide(pullRequest({ fork: true }), rules())).toMatchObject({
      approval: { ref: 'refs/pull/5/head', mayUseSecrets: false },
      reason: expect.stringMatching(/without secrets/),
    });
  });

  it.each<[string, Partial<PullRequestEvent>, Partial<WebhookRules>, RegExp]>([
    ['brings no new code', { action: 'labeled', hasNewCode: false }, {}, /"labeled" brings no new code/],
    ['is not asked for', {}, { eventTypes: ['push'] }, /does not list pull_request/],
    ['goes to another branch', {}, { branchPatterns: ['release/*'] }, /does not take main in/],
    ['says so in its title', { title: 'Draft [skip ci]' }, {}, /says \[skip ci\]/],
    ['says so in its commit', { message: 'x [no ci]' }, {}, /says \[no ci\]/],
  ])('is ignored when it %s', (_, some, given, reason) => {
    expect(decide(pullRequest({ fork: true, ...some }), rules(given))).toEqual({
      ignored: expect.stringMatching(reason),
    });
  });

  it('that names another repository is refused', () => {
    expect(decide(pullRequest({ repositoryUrls: ['https://evil.example/a/b'] }), rules())).toHaveProperty(
      'refused',
    );
  });
});

describe('a release', () => {
  it('is built from its tag', () => {
    expect(decide(release(), rules())).toMatchObject({
      build: { event: 'release', ref: 'refs/tags/v1', sha: null },
    });
  });

  it('that is only changed is ignored', () => {
    expect(decide(release({ action: 'edited', isPublished: false }), rules())).toEqual({
      ignored: expect.stringMatching(/only its publication/),
    });
  });

  it('of another tag is ignored', () => {
    expect(decide(release(), rules({ tagPatterns: ['v2*'] }))).toHaveProperty('ignored');
  });
});

describe('other events', () => {
  it('of a ping are ignored', () => {
    expect(decide({ kind: 'ping', repositoryUrls: [] }, rules())).toHaveProperty('ignored');
    expect(decide({ kind: 'ping', repositoryUrls }, rules())).toHaveProperty('ignored');
  });

  it('of a ping from another repository are refused', () => {
    expect(decide({ kind: 'ping', repositoryUrls: ['https://evil.example/a/b'] }, rules())).toHaveProperty(
      'refused',
    );
  });

  it('are ignored for the reason that the reader gives', () => {
    expect(decide({ kind: 'other', eventType: 'star', reason: 'No.' }, rules())).toEqual({ ignored: 'No.' });
  });
});
