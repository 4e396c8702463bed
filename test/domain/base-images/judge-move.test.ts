import { expect, test } from 'vitest';
import { chooseStarts } from '../../../src/domain/base-images/choose-starts.js';
import { judgeMove, type Rebuild, type RebuildState } from '../../../src/domain/base-images/judge-move.js';
import { movedText } from '../../../src/domain/base-images/watch.js';

const rebuilds = (...states: (RebuildState | 'forgiven')[]): Rebuild[] =>
  states.map((state, index) => ({
    projectId: `p${String(index + 1)}`,
    state: state === 'forgiven' ? 'failed' : state,
    told: `p${String(index + 1)}#7 failed at build`,
    isForgiven: state === 'forgiven',
  }));
const go = (canary: string | null, ...others: string[]) => ({ kind: 'go', canary, others });

test('the first builds alone, and the others when it has succeeded, never more than may still fail', () => {
  expect(judgeMove(rebuilds('waiting', 'waiting'), 3)).toEqual(go('p1'));
  expect(judgeMove(rebuilds('running', 'waiting'), 3)).toEqual(go(null));
  expect(judgeMove(rebuilds('success', 'waiting', 'waiting', 'waiting'), 2)).toEqual(go(null, 'p2', 'p3'));
  expect(judgeMove(rebuilds('success', 'failed', 'running', 'waiting'), 3)).toEqual(go(null, 'p4'));
  expect(judgeMove(rebuilds('success', 'failed', 'running', 'waiting'), 2)).toEqual(go(null));
  expect(judgeMove(rebuilds('success', 'success', 'cancelled'), 3)).toEqual({ kind: 'done' });
});

test('a canary that does not succeed stops the others, and so do as many failures as are allowed', () => {
  const stopped = { kind: 'stop', reason: 'canary p1#7 failed at build' };
  expect(judgeMove(rebuilds('failed', 'waiting'), 3)).toEqual(stopped);
  expect(judgeMove(rebuilds('cancelled', 'waiting'), 3)).toEqual(stopped);
  expect(judgeMove(rebuilds('success', 'failed', 'failed', 'waiting'), 2)).toEqual({
    kind: 'stop',
    reason: '2 builds after the canary failed: p2#7 failed at build, p3#7 failed at build',
  });
});

test('what failed before somebody resumed the move stops it no more', () => {
  expect(judgeMove(rebuilds('forgiven', 'waiting', 'waiting'), 2)).toEqual(go(null, 'p2', 'p3'));
  expect(judgeMove(rebuilds('success', 'forgiven', 'forgiven', 'waiting'), 2)).toEqual(go(null, 'p4'));
});

test('a project that cannot be built is no canary: the next one is', () => {
  expect(judgeMove(rebuilds('skipped', 'waiting', 'waiting'), 3)).toEqual(go('p2'));
  expect(judgeMove(rebuilds('skipped', 'skipped'), 3)).toEqual({ kind: 'done' });
});

test('a project builds once for all moves that it waits for, and for none while one of them is stopped', () => {
  const x = { id: 'x', step: judgeMove(rebuilds('waiting', 'waiting'), 3), waiting: ['p1', 'p2'] };
  const y = { id: 'y', step: go('p2') as typeof x.step, waiting: ['p1', 'p2'] };
  expect(chooseStarts([x])).toEqual(['p1']);
  expect(chooseStarts([x, y])).toEqual(['p1', 'p2']);
  expect(chooseStarts([x, { ...y, step: null }])).toEqual([]);
  expect(
    chooseStarts([
      { ...x, step: go(null, 'p2') as typeof x.step },
      { ...y, step: go('p1') as typeof x.step },
    ]),
  ).toEqual(['p1']);
});

test('the record of a build names every image that has moved, in what a source may be long', () => {
  const move = {
    reference: 'r.test/base:1',
    from: `sha256:${'a'.repeat(64)}`,
    to: `sha256:${'b'.repeat(64)}`,
  };
  expect(movedText([move])).toBe(
    'base image r.test/base:1 moved from sha256:aaaaaaaaaaaa to sha256:bbbbbbbbbbbb',
  );
  expect(movedText(Array.from({ length: 20 }, () => move))).toHaveLength(512);
});
