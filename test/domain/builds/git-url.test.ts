import fc from 'fast-check';
import { parseGitUrl, parseSubmoduleUrl } from '../../../src/domain/builds/git-url.js';
import { anyText } from '../../support/any-text.js';

const url = (text: string): string => parseGitUrl(text).url;
const refusal = (text: string): string => {
  try {
    return `accepted as ${parseGitUrl(text).url}`;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('URL of a git repository', () => {
  it.each([
    ['https://git.example.com/team/app.git', 'https://git.example.com/team/app.git'],
    ['HTTPS://Git.Example.COM:443/team/App/', 'https://git.example.com/team/App'],
    ['http://127.0.0.1:3000/app.git', 'http://127.0.0.1:3000/app.git'],
    ['https://[fd00::1]:8443/app', 'https://[fd00::1]:8443/app'],
    ['ssh://git@git.example.com/team/app.git', 'ssh://git@git.example.com/team/app.git'],
    ['ssh://git.example.com:2222/srv/app', 'ssh://git@git.example.com:2222/srv/app'],
    ['git+ssh://deploy@host/app', 'ssh://deploy@host/app'],
    ['git@git.example.com:team/app.git', 'git@git.example.com:team/app.git'],
    ['git@git.example.com:/srv/app.git', 'ssh://git@git.example.com/srv/app.git'],
    ['ssh://git@host/~me/app', 'ssh://git@host/~me/app'],
  ])('takes %s', (text, expected) => {
    expect(url(text)).toBe(expected);
  });

  it('gives the parts', () => {
    expect(parseGitUrl('ssh://git@Host:2222/a/b.git')).toEqual({
      ...{ url: 'ssh://git@host:2222/a/b.git', protocol: 'ssh' },
      ...{ host: 'host', port: 2222, user: 'git', path: '/a/b.git' },
    });
  });

  it.each([
    ['--upload-pack=touch /tmp/x', 'may not begin with "-"'],
    ['ext::sh -c id', 'space'],
    ['ext::sh', 'may not begin with "ext::"'],
    ['fd::17/foo', 'may not begin with "fd::"'],
    ['file:///etc', 'may not begin with "file://"'],
    ['git://host/app', 'may not begin with "git://"'],
    ['/srv/app.git', 'names no server'],
    ['./app.git', 'names no server'],
    ['../app:x', 'names no server'],
    ['~/app:x', 'names no server'],
    ['https://user:hunter2@host/app', 'may hold no user name or password'],
    ['https://hunter2@host/app', 'may hold no user name or password'],
    ['ssh://git:hunter2@host/app', 'may hold no user name or password'],
    ['https://host/app?token=hunter2', 'no "?"'],
    ['https://host/app#main', '"ref"'],
    ['https://host', 'no repository'],
    ['https:///app', 'no usable host name'],
    ['https://-oProxyCommand=x/app', 'no usable host name'],
    ['ssh://-oProxyCommand=id/app', 'no usable host name'],
    ['ssh://-oX@host/app', 'user name'],
    ['-oProxyCommand=id:app', 'may not begin with "-"'],
    ['git@host:-app', 'begins with "-"'],
    ['https://host/../etc', '".."'],
    ['https://host/%2e%2e/etc', 'escaped'],
    ['https://host/a\nb', 'control character'],
    ['https://host/a;id', 'in its path'],
    ['https://host/$(id)', 'in its path'],
    ['https://host/`id`', 'in its path'],
    ['https://ho$t/a', 'host'],
    ['https://0x7f.1/a', 'no usable host name'],
    ['https://2130706433/a', 'no usable host name'],
    ['https://127.1/a', 'no usable host name'],
    ['https://0177.0.0.1/a', 'no usable host name'],
    ['https://127.0.0.1./a', 'no usable host name'],
    ['https://host:99999/a', 'port'],
    ['https://host:x/a', 'port'],
    ['https://[::1/a', 'host'],
    ['host:22/app', 'reads as a port'],
    ['', '1 to'],
    [`https://host/${'a'.repeat(3000)}`, '1 to'],
  ])('refuses %s', (text, why) => {
    expect(refusal(text)).toContain(why);
    expect(refusal(text)).not.toContain('hunter2');
  });

  it('reads its own spelling as the same', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,10}$/);
    const texts = fc.oneof(
      fc.tuple(word, word).map(([host, path]) => `https://${host}/${path}`),
      fc.tuple(word, word, word).map(([user, host, path]) => `${user}@${host}:${path}/${path}`),
      fc.string(),
      fc.tuple(fc.webAuthority(), anyText).map(([host, path]) => `https://${host}/${encodeURI(path)}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        if (refusal(text).startsWith('accepted as ')) expect(url(url(text))).toBe(url(text));
      }),
    );
  });
});

describe('URL of a submodule', () => {
  const parent = parseGitUrl('https://host:8443/team/app.git');
  const short = parseGitUrl('git@host:team/app.git');

  it.each([
    ['../lib.git', 'https://host:8443/team/lib.git', 'git@host:team/lib.git'],
    ['../../other/lib', 'https://host:8443/other/lib', 'git@host:other/lib'],
    ['./lib', 'https://host:8443/team/app.git/lib', 'git@host:team/app.git/lib'],
    ['https://else/lib', 'https://else/lib', 'https://else/lib'],
  ])('%s belongs to its parent', (text, expected, expectedShort) => {
    expect(parseSubmoduleUrl(parent, text).url).toBe(expected);
    expect(parseSubmoduleUrl(short, text).url).toBe(expectedShort);
  });

  it.each(['../../../lib', '../../../../lib', '../-lib', 'ext::x', '/srv/lib', '../lib/../../x', '..'])(
    'refuses %s',
    (text) => {
      expect(() => parseSubmoduleUrl(parent, text)).toThrow('URL of the git repository');
    },
  );
});
