import { canonicalRepository, isSameRepository } from '../../../src/domain/webhooks/same-repository.js';

describe('the same repository', () => {
  it.each([
    'https://git.example.com/team/app',
    'https://git.example.com/team/app.git',
    'https://git.example.com/team/app/',
    'https://git.example.com:8443/Team/App.git',
    'http://git.example.com:3000/team/app.git',
    'git@git.example.com:team/app.git',
    'git@GIT.example.com:/team/app.git',
    'ssh://git@git.example.com/team/app.git',
    'ssh://git@git.example.com:2222/team/app',
  ])('is %s', (url) => {
    expect(isSameRepository('https://git.example.com/team/app.git', [url])).toBe(true);
  });

  it.each([
    'https://git.example.com/team/app2',
    'https://git.example.com/team/app/x',
    'https://git.example.com/other/app',
    'https://git.example.org/team/app',
    'https://git.example.com.evil.example/team/app',
    'https://evil.example/git.example.com/team/app',
    'https://git.example.com/team/../team/app',
    'git://git.example.com/team/app',
    '',
    'team/app',
  ])('is not %s', (url) => {
    expect(isSameRepository('https://git.example.com/team/app.git', [url])).toBe(false);
  });

  it('is none where neither address can be read', () => {
    expect(isSameRepository('nothing', ['nothing'])).toBe(false);
    expect(canonicalRepository('nothing')).toBeNull();
  });
});
