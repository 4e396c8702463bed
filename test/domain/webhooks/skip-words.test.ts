import { skipWords } from '../../../src/domain/webhooks/skip-words.js';

describe('words that ask for no build', () => {
  it.each([
    ['Fix a word [skip ci]', '[skip ci]'],
    ['[ci skip] Fix a word', '[ci skip]'],
    ['Fix\n\n[no ci]', '[no ci]'],
    ['Fix [SKIP CI]', '[SKIP CI]'],
    ['Fix [skip-ci]', '[skip-ci]'],
    ['Fix [skip actions]', '[skip actions]'],
    ['Fix [actions skip]', '[actions skip]'],
    ['Fix [skip kiln]', '[skip kiln]'],
    ['Fix ***NO_CI***', '***NO_CI***'],
    ['Fix\n\nskip-checks: true', 'skip-checks: true'],
    ['Fix\r\n\r\nskip-checks:true\r\n', 'skip-checks:true'],
  ])('are found in %j', (message, found) => {
    expect(skipWords(message)).toBe(found);
  });

  it.each([
    'Fix a word',
    '',
    'Document skip ci',
    '[skip the queue]',
    'skip-checks: trueish',
    'no skip-checks: true',
    '[skip ci',
  ])('are not in %j', (message) => {
    expect(skipWords(message)).toBeNull();
  });
});
