import { expect, test } from 'vitest';
import { ERRORS } from '../../../src/domain/errors.js';
import { nameProject } from '../../../src/domain/builds/name-project.js';

test.each([
  ['`kiln retry BUILD --from publish` asks again.', '`kiln retry app#3 --from publish` asks again.'],
  ['`kiln projects set PROJECT --gate-expiry 48h`', '`kiln projects set app --gate-expiry 48h`'],
  ['`kiln secrets set X --project PROJECT`', '`kiln secrets set X --project app`'],
  ['BUILD and PROJECT as words of their own', 'BUILD and PROJECT as words of their own'],
])('the remedy %s names what it is about', (text, named) => {
  expect(nameProject(text, 'app', 3)).toBe(named);
});

test('without a build its place stays open', () => {
  expect(nameProject('`kiln retry BUILD`', 'app')).toBe('`kiln retry BUILD`');
});

test('no remedy of a result leaves the place of project or build open', () => {
  const fixes = Object.values(ERRORS).map(({ fix }) => nameProject(fix, 'app', 3));
  expect(fixes.filter((fix) => /`kiln [^`]*\b(?:PROJECT|BUILD)\b/.test(fix))).toEqual([]);
});
