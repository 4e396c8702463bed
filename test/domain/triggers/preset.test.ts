import fc from 'fast-check';
import { parseReference } from '../../../src/domain/images/reference.js';
import {
  fillIn,
  fillInDestinations,
  fillInOptions,
  type PresetValues,
  templateTrouble,
} from '../../../src/domain/triggers/preset.js';

const SHA = '5f1c0a3e9b7d2468ace013579bdf02468ace1357';
const ofBranch: PresetValues = {
  ref: 'refs/heads/feature/new page',
  branch: 'feature/new,page',
  sha: SHA,
  tag: null,
  number: null,
};
const ofPullRequest: PresetValues = {
  ref: 'refs/pull/5/head',
  branch: null,
  sha: SHA,
  tag: null,
  number: '5',
};

describe('a text of a preset', () => {
  it.each([
    ['app:${branch}', 'app:feature-new-page'],
    ['app:${branch}-${short_sha}', 'app:feature-new-page-5f1c0a3'],
    ['${sha}', SHA],
    ['${tag:-edge}', 'edge'],
    ['${tag:-}', ''],
    ['$${branch} and $branch and $', '${branch} and $branch and $'],
    ['none', 'none'],
  ])('%s becomes %s', (text, filled) => {
    expect(fillIn(text, ofBranch, 'safe')).toEqual({ text: filled });
  });

  it('keeps values as they are where it may', () => {
    expect(fillIn('${branch}', ofBranch, 'raw')).toEqual({ text: 'feature/new,page' });
  });

  it('names the first word without a value', () => {
    expect(fillIn('${tag}-${number}', ofBranch, 'safe')).toEqual({ missing: 'tag' });
  });

  it('fills no value in that a value names', () => {
    expect(fillIn('${branch}', { ...ofBranch, branch: '${sha}' }, 'raw')).toEqual({ text: '${sha}' });
  });

  it('makes a tag of any value', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 300, unit: 'binary' }), (branch) => {
        const filled = fillIn('registry.example.com/app:${branch}', { ...ofBranch, branch }, 'safe');
        expect(() => parseReference('text' in filled ? filled.text : '')).not.toThrow();
      }),
    );
  });
});

describe('what is wrong with a text', () => {
  it.each([
    ['${branch}-${tag:-x}', null],
    ['$${anything}', null],
    ['${date}', /There is no \$\{date\}; there are \$\{ref\}, \$\{branch\}/],
    ['${}', /There is no/],
    ['${branch', /not closed/],
    ['${toString}', /There is no/],
  ])('%s is said', (text, message) => {
    if (message === null) expect(templateTrouble(text)).toBeNull();
    else expect(templateTrouble(text)).toMatch(message);
  });
});

describe('destinations', () => {
  it('are left out where a value is missing', () => {
    expect(fillInDestinations(['app:${tag}', 'app:${branch}', 'app:latest'], ofBranch)).toEqual({
      destinations: ['app:feature-new-page', 'app:latest'],
    });
  });

  it('are refused where none is left', () => {
    expect(fillInDestinations(['app:${tag}'], ofBranch)).toEqual({
      refused: expect.stringMatching(/\$\{tag\}, which this event does not have/),
    });
  });

  it('stay empty', () => {
    expect(fillInDestinations([], ofBranch)).toEqual({ destinations: [] });
  });

  it('of a pull request are those that name it', () => {
    expect(fillInDestinations(['app:latest', 'app:${tag:-edge}', 'app:pr-${number}'], ofPullRequest)).toEqual(
      {
        destinations: ['app:pr-5'],
      },
    );
  });

  it.each([[[]], [['app:latest']], [['app:${branch:-main}']]])('%j serve no pull request', (destinations) => {
    expect(fillInDestinations(destinations, ofPullRequest)).toEqual({
      refused: expect.stringMatching(/names the pull request/),
    });
  });
});

describe('options', () => {
  it('are filled in wherever a text is, safely but for values of arguments', () => {
    const options = {
      build_args: { VERSION: '${branch}' },
      environment: { REF: '${ref}' },
      target_stage: '${branch}',
      platforms: ['linux/amd64'],
      cache_enabled: false,
      deep: [{ name: '${short_sha}', none: null, count: 2 }],
    };
    expect(fillInOptions(options, ofBranch)).toEqual({
      options: {
        build_args: { VERSION: 'feature/new,page' },
        environment: { REF: 'refs/heads/feature/new page' },
        target_stage: 'feature-new-page',
        platforms: ['linux/amd64'],
        cache_enabled: false,
        deep: [{ name: '5f1c0a3', none: null, count: 2 }],
      },
    });
  });

  it('without a value are refused by name', () => {
    expect(fillInOptions({ build_args: { VERSION: '${tag}' } }, ofBranch)).toEqual({
      refused: expect.stringMatching(/options\.build_args\.VERSION of the preset names \$\{tag\}/),
    });
  });
});
