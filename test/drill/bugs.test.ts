import { expect, test } from 'vitest';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BUGS } from '../../drill/bugs/bugs.js';
import { faults } from '../../drill/bugs/bug.js';
import { momentText, openText } from '../../drill/bugs/drill-bugs.js';
import { build, order } from './some-evidence.js';

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

test('what is changed in compiled sources comes into the bundles that run', () => {
  const folder = `${ROOT}dist/bundles/`;
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.js.map'))
    .flatMap((name) => (JSON.parse(readFileSync(folder + name, 'utf8')) as { sources: string[] }).sources);
  const files = BUGS.flatMap(({ edits }) => edits.map(({ file }) => file)).filter((file) =>
    file.startsWith('dist/src/'),
  );
  for (const file of files)
    expect(sources).toContain(file.replace('dist/', '../../').replace(/\.js$/, '.ts'));
});

test('a bug whose builds had no time to end is told from one that was missed', () => {
  const open = { ...build, completedAtMs: null };
  expect(openText({ builds: [build], orders: [order] })).toBeNull();
  expect(openText({ builds: [build, open], orders: [order] })).toMatch(
    /^1 of 2 builds had not ended in time/,
  );
  expect(openText({ builds: [], orders: [order] })).toMatch(/^1 of 1 builds/);
});

test('so is one whose fault did not find its moment', () => {
  const [fault] = faults({ victim: 'host', act: 'stop', at: { whileBuilding: true } });
  expect(momentText([{ fault: fault!, atPoint: true }])).toBeNull();
  expect(momentText([{ fault: fault!, atPoint: false }])).toMatch(/^fault 1 did not find its moment/);
});
