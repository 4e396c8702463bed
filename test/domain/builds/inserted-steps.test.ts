import { describe, expect, test } from 'vitest';
import { explainMisses } from '../../../src/domain/builds/cache-miss.js';
import type { CacheMiss } from '../../../src/domain/builds/cache-miss-kinds.js';
import { cacheMissText } from '../../../src/domain/builds/cache-miss-text.js';
import { aBuild, BASE } from './a-compared-build.js';

const RULES = { uncached: [], runSettings: ['ENV', 'ARG', 'USER', 'SHELL'] };

/** Instructions below FROM, `!` before one that was cached, with the lines of their here-documents; numbered as BuildKit does. */
function built(...instructions: string[]) {
  const all = instructions.map((one) => one.replace(/^!/, '').split('\n'));
  const names = all.map(([first = '', line], index) => {
    const shown = line === undefined || !first.startsWith('RUN') ? first : `${first} (${line})`;
    const mark = instructions[index]!.startsWith('!') ? '!' : '';
    return `${mark}[${index + 2}/${all.length + 1}] ${shown}`;
  });
  return aBuild([BASE, ...names], { dockerfile: ['FROM busybox:1', ...all.flat()].join('\n') });
}

/** By the place of the instruction below FROM, from 1. */
function missesOf(now: ReturnType<typeof built>, before: ReturnType<typeof built>) {
  const misses = [...explainMisses(now, before, RULES)];
  return Object.fromEntries(misses.map(([number, miss]) => [number - 2, miss]));
}

const doc = (...lines: string[]) => ['RUN <<EOF', 'set -e', ...lines, 'EOF'].join('\n');

test.each<[string, string[], string[], Record<number, CacheMiss>]>([
  [
    'one with the same first line is put above it',
    [doc('new'), doc('old')],
    [doc('old')],
    { 1: { kind: 'new_instruction' }, 2: { kind: 'earlier_step', stepNumber: 3 } },
  ],
  [
    'one with the same first line is put below it',
    [`!${doc('old')}`, doc('new')],
    [doc('old')],
    { 2: { kind: 'new_instruction' } },
  ],
  [
    'the second of two with the same first line is rewritten',
    [`!${doc('one')}`, doc('three')],
    [doc('one'), doc('two')],
    { 2: { kind: 'heredoc_changed', before: 'two', after: 'three' } },
  ],
  ['it stands there twice', ['!RUN true', 'RUN true'], ['RUN true'], { 2: { kind: 'new_instruction' } }],
  [
    'it stands there twice, above another one',
    ['!RUN true', 'RUN true', 'RUN make'],
    ['RUN true', 'RUN make'],
    { 2: { kind: 'new_instruction' }, 3: { kind: 'earlier_step', stepNumber: 4 } },
  ],
  [
    'another one is put between two',
    ['!RUN a', 'RUN x', 'RUN b'],
    ['RUN a', 'RUN b'],
    { 2: { kind: 'new_instruction' }, 3: { kind: 'earlier_step', stepNumber: 4 } },
  ],
  [
    'one above it is gone',
    ['!RUN a', 'RUN c'],
    ['RUN a', 'RUN b', 'RUN c'],
    { 2: { kind: 'setting_changed', before: 'RUN b', after: null } },
  ],
  [
    'one above it is new and was in the cache',
    ['!RUN a', '!RUN x', 'RUN c'],
    ['RUN a', 'RUN c'],
    { 3: { kind: 'setting_changed', before: null, after: 'RUN x' } },
  ],
  [
    'it stands at another place',
    ['RUN b', 'RUN a'],
    ['RUN a', 'RUN b'],
    { 1: { kind: 'instruction_moved' }, 2: { kind: 'earlier_step', stepNumber: 3 } },
  ],
  ['of nothing that is known', ['!RUN a', 'RUN b'], ['RUN a', 'RUN b'], { 2: { kind: 'unknown' } }],
])('an instruction runs because %s', (_name, now, before, expected) => {
  expect(missesOf(built(...now), built(...before))).toEqual(expected);
});

describe('of a here-document', () => {
  const said = (now: string[], before: string[]) =>
    cacheMissText(missesOf(built(doc(...now)), built(doc(...before)))[1]!);

  test('white space that differs can be seen', () => {
    expect(said(['echo  a'], ['echo a'])).toBe(
      'the white space of a line of its here-document is another: "echo··a" was "echo·a"',
    );
    expect(said(['\techo a '], ['echo a'])).toBe(
      'the white space of a line of its here-document is another: "→echo·a·" was "echo·a"',
    );
  });

  test('a line that came or went is no other one', () => {
    expect(said(['a', 'b'], ['b'])).toBe('a line of its here-document, a, is new');
    expect(said(['b'], ['a', 'b'])).toBe('a line of its here-document is gone: a');
    expect(said(['', 'b'], ['b'])).toBe('a line of its here-document, an empty one, is new');
  });
});
