import { describe, expect, it } from 'vitest';
import { check } from '../../drill/check/index.js';
import type { Evidence } from '../../drill/evidence.js';
import { attempt, build, evidence } from './some-evidence.js';

const found = (more: Partial<Evidence>): string[] =>
  check(evidence(more)).map(({ promise, evidence: text }) => `${promise}: ${text}`);

describe('G5', () => {
  it('finds chunks that are not those of the seal', () => {
    expect(found({ attempts: [{ ...attempt, stored: { ...attempt.stored, bytes: 7 } }] })).toEqual([
      'G5: attempt 1: sealed 14 as bytes, stored 7',
    ]);
  });
  it('finds a log without a seal', () => {
    expect(found({ attempts: [{ ...attempt, sealed: null }] })).toEqual([
      'G5: attempt 1: the log is not sealed',
    ]);
  });
  it.each([
    ['line 1\n', '1 of 2 lines are stored'],
    ['line 2\nline 1\n', 'line 2 stands where line 1 belongs'],
    ['line 1\nline 1\nline 2\n', 'line 1 stands where line 2 belongs'],
  ])('finds the lines %j', (text, what) => {
    expect(found({ attempts: [{ ...attempt, text }] })).toEqual([`G5: attempt 1: ${what}`]);
  });
  const nothing = { chunks: 0, lines: 0, bytes: 0, sha256: 'e3' };
  const empty = { ...attempt, sealed: nothing, stored: nothing, text: '' };
  it('finds a whole log lost, of a success and of a failing step', () => {
    const lost = 'G5: attempt 1: 0 of 2 lines are stored';
    expect(found({ attempts: [empty] })).toEqual([lost]);
    const failed = { ...build, status: 'failed', resultStatus: 'failed', failureCode: 'build_step_failed' };
    expect(found({ builds: [failed], attempts: [{ ...empty, endedReason: 'failed' }] })).toContain(lost);
  });
  it('lets an attempt be without a line that only publishes what an earlier one has built', () => {
    const builds = [{ ...build, attemptCount: 2 }];
    const attempts = [{ ...empty, attempt: 2 }, attempt];
    expect(found({ builds, attempts }).join()).not.toContain('G5');
  });
  it('lets an attempt be without a line that failed before its builder began', () => {
    const failed = {
      ...build,
      status: 'failed',
      resultStatus: 'failed',
      failureCode: 'registry_unavailable',
    };
    expect(found({ builds: [failed], attempts: [{ ...empty, endedReason: 'failed' }] }).join()).not.toContain(
      'G5',
    );
    const ownOnly = { ...attempt, endedReason: 'failed', text: 'kiln: stopped\nkiln: the run is over\n' };
    expect(found({ builds: [failed], attempts: [ownOnly] }).join()).not.toContain('G5');
    const cut = { ...ownOnly, text: 'line 1\nkiln: the run is over\n' };
    expect(found({ builds: [failed], attempts: [cut] })).toContain('G5: attempt 1: 1 of 2 lines are stored');
  });
  it('lets the tail be lost of an attempt whose host was, and of one that says so', () => {
    const cut = { ...attempt, text: 'line 1\n' };
    expect(found({ attempts: [{ ...cut, endedReason: 'worker_lost' }] })).toEqual([]);
    expect(found({ attempts: [{ ...cut, note: 'output is not available' }] })).toEqual([]);
  });
});
