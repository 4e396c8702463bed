import { expect, test } from 'vitest';
import { readArguments } from '../../drill/arguments.js';
import { BUGS } from '../../drill/bugs/bugs.js';

test('without arguments a drill has what its usage names', () => {
  expect(readArguments([])).toMatchObject({
    ...{ builds: 200, kills: 25, seed: 1, atOnce: 16, leaseTtlMs: 5_000, zombieMs: 10_000 },
    ...{ real: true, bugs: false, only: null, keep: false, json: false },
  });
  expect(readArguments(['--no-real', '--zombie-s', '90', '--kills', '0'])).toMatchObject({
    ...{ real: false, zombieMs: 90_000, kills: 0 },
  });
});

test.each([
  [['--builds', 'NaN'], '--builds NaN: expected a whole number, 1 or more.'],
  [['--builds', 'abc'], '--builds abc: expected a whole number, 1 or more.'],
  [['--kills', '1.5'], '--kills 1.5: expected a whole number, 0 or more.'],
  [['--at-once', '0'], '--at-once 0: expected a whole number, 1 or more.'],
  [['--nope'], "Unknown option '--nope'"],
  [['--only', 'double-grant'], '--only: goes with --bugs.'],
  [['--bugs', '--only', 'nonsense'], '--only nonsense: there is no such bug. There are: '],
])('the arguments %j are refused by name', (args, said) => {
  expect(() => readArguments(args)).toThrow(said);
});

test('who names a bug that is not there is told which there are', () => {
  const names = BUGS.map(({ name }) => name);
  expect(() => readArguments(['--bugs', '--only', 'nonsense'])).toThrow(names.join(', '));
  expect(readArguments(['--bugs', '--only', names.slice(0, 2).join()]).only).toEqual(names.slice(0, 2));
});
