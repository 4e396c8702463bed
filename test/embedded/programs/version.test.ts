import { describe, expect, test } from 'vitest';
import { compareVersions, describeRange, isAccepted } from '../../../src/embedded/programs/version.js';

describe('compareVersions', () => {
  test.each([
    ['1.10.0', '1.9.9'],
    ['18', '15.18'],
    ['1.1.5+ds1', '1.1.4'],
    ['v0.29.0', '0.28'],
  ])('%s is newer than %s', (newer, older) => {
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
    expect(compareVersions(older, newer)).toBeLessThan(0);
  });

  test('missing parts count as zero', () => {
    expect(compareVersions('15', '15.0.0')).toBe(0);
  });
});

describe('isAccepted', () => {
  test('takes the lower bound and refuses the upper one', () => {
    const range = { atLeast: '2.8', below: '4' };

    expect(isAccepted('2.8.0', range)).toBe(true);
    expect(isAccepted('2.7.9', range)).toBe(false);
    expect(isAccepted('3.99', range)).toBe(true);
    expect(isAccepted('4.0.0', range)).toBe(false);
  });

  test('says its range in words', () => {
    expect(describeRange({ atLeast: '2.8', below: '4' })).toBe('>= 2.8 and < 4');
    expect(describeRange({ atLeast: '15' })).toBe('>= 15');
  });
});
