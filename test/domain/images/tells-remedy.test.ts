import { ERRORS } from '../../../src/domain/errors.js';
import { judgeRegistryWords, tellsRemedy } from '../../../src/domain/images/registry-words.js';

test.each([
  'quota',
  'rate limit',
  'token has expired',
  'denied',
  'unknown authority',
  'no such host',
  'dial tcp',
])('what is told of "%s" holds its remedy already', (words) => {
  const { what, remedy } = judgeRegistryWords(words, 'r.test/app')!;
  expect(tellsRemedy(`The image could not be pushed: ${what}. ${remedy}`)).toBe(true);
  expect(tellsRemedy(`The image could not be pushed: ${what}.`)).toBe(false);
});

test('the general text of an error holds none', () => {
  for (const { text } of Object.values(ERRORS)) expect(tellsRemedy(text)).toBe(false);
});
