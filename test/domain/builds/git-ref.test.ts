import { candidateRefs, isCommitId, parseGitRef } from '../../../src/domain/builds/git-ref.js';
import { looksLikeGitTarget, parseGitTarget } from '../../../src/domain/builds/git-target.js';

const COMMIT = 'a94a8fe5ccb19ba61c4c0873d391e987982fbbd3';

describe('git ref', () => {
  it.each(['main', 'feature/x', 'v1.2.3', 'refs/pull/7/head', 'HEAD', 'ünï', 'a;b$(c)', 'x-', COMMIT])(
    'takes %s',
    (text) => {
      expect(parseGitRef(text)).toBe(text);
    },
  );

  it.each([
    ...[
      '',
      '@',
      '-x',
      '--upload-pack=id',
      'a b',
      'a\nb',
      'a..b',
      'a~1',
      'a^',
      'a:b',
      'a?',
      'a*',
      'a[b',
      'a\\b',
    ],
    ...['a@{1}', '/a', 'a/', 'a//b', 'a.', '.a', 'a/.b', 'a.lock', 'a.lock/b', 'a\u0000b', 'x'.repeat(256)],
  ])('refuses %j', (text) => {
    expect(() => parseGitRef(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('knows full commit ids, of both hashes and in any case', () => {
    expect(isCommitId(parseGitRef(COMMIT.toUpperCase()))).toBe(true);
    expect(isCommitId('a'.repeat(64))).toBe(true);
    expect(isCommitId('a94a8fe')).toBe(false);
  });

  it('looks for a branch first, then for a tag', () => {
    expect(candidateRefs(parseGitRef('v1'))).toEqual(['refs/heads/v1', 'refs/tags/v1']);
    expect(candidateRefs(parseGitRef('refs/tags/v1'))).toEqual(['refs/tags/v1']);
  });
});

describe('git target', () => {
  it.each([
    ['https://host/app.git', null, null],
    ['https://host/app.git#', null, null],
    ['https://host/app.git#main', 'main', null],
    ['https://host/app.git#main:sub/dir', 'main', 'sub/dir'],
    ['https://host/app.git#:sub', null, 'sub'],
    ['git@host:team/app.git#v1:.', 'v1', '.'],
  ])('reads %s', (text, ref, folder) => {
    expect(parseGitTarget(text)).toMatchObject({ ref, folder });
  });

  it.each([
    ['https://host/app.git#main:../../etc', 'path_escapes_context'],
    ['https://host/app.git#main:/etc', 'path_escapes_context'],
    ['https://host/app.git#-x', 'invalid_request'],
    ['https://host/app.git#main:-x', 'invalid_request'],
  ])('refuses %s', (text, code) => {
    expect(() => parseGitTarget(text)).toThrow(expect.objectContaining({ code }));
  });

  it('is told from a folder by its look', () => {
    const urls = [
      'https://h/a',
      'git@h:a',
      'ssh://h/a',
      'file:///a',
      'ext::sh -c id',
      'http://u:p@h/a',
      'git://h/a',
    ];
    expect(urls.filter(looksLikeGitTarget)).toEqual(urls);
    const folders = ['.', '..', '-', 'app', './git@host:app', '/srv/app', 'a:b', '../x@y/z', 'C:\\x'];
    expect(folders.filter(looksLikeGitTarget)).toEqual([]);
  });
});
