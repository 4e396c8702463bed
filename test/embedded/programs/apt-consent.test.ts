import { expect, test } from 'vitest';
import { refusalOfApt } from '../../../src/embedded/programs/apt-consent.js';

test('root uses apt', () => {
  expect(refusalOfApt({}, 0)).toBeUndefined();
});

test('an ordinary user uses apt with consent', () => {
  expect(refusalOfApt({ KILN_ALLOW_APT: '1' }, 1000)).toBeUndefined();
});

test('an ordinary user without consent is told how to give it', () => {
  expect(refusalOfApt({}, 1000)).toContain('set KILN_ALLOW_APT=1');
});
