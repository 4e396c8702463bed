import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BUGS } from '../../drill/bugs/bugs.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('at least ten bugs are seeded, each under a name of its own', () => {
  expect(new Set(BUGS.map(({ name }) => name)).size).toBe(BUGS.length);
  expect(BUGS.length).toBeGreaterThanOrEqual(10);
});

test.each(BUGS.flatMap(({ name, edits }) => edits.map((edit) => ({ name, ...edit }))))(
  'the text that $name replaces stands exactly once in $file',
  ({ file, find }) => {
    expect(readFileSync(`${ROOT}${file}`, 'utf8').split(find)).toHaveLength(2);
  },
);
