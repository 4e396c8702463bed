import type { Build, BuildStep } from '../../src/contracts/builds.js';
import {
  disconnected,
  NO_BUILD,
  withBuild,
  withLog,
  withSteps,
  type BuildState,
} from '../../src/cli/progress/build-state.js';
import { buildLines, lastSeen } from '../../src/cli/progress/build-view.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import { displayWidth } from '../../src/cli/terminal/width.js';
import { aBuild, aChunk, after, aRunningStep, aStep, aSuccess, CREATED_MS } from '../support/api-records.js';

const style = createStyle(false);

function view(build: Build, steps: readonly BuildStep[] = []): BuildState {
  return withSteps(withBuild(NO_BUILD, build), steps);
}

function draw(
  state: BuildState,
  canvas: { columns?: number; rows?: number; atSeconds?: number } = {},
): string[] {
  const { columns = 60, rows = 20, atSeconds = 5.7 } = canvas;
  return buildLines(state, { columns, rows, nowMs: CREATED_MS + atSeconds * 1000, style });
}

const steps = [
  aStep(1, 'FROM busybox:1', { cached: true }),
  aStep(2, 'RUN apk add \\\n    gcc   make', { duration_milliseconds: 184_000 }),
  aRunningStep(3, 'RUN make', { started_at: after(1.2) }),
  aStep(4, 'COPY . /app', { status: 'pending' }),
];

describe('a build on a terminal', () => {
  it('that waits says for what', () => {
    expect(draw(view(aBuild({ status: 'queued' })))).toEqual([
      '⠙ hello#12 queued · 5.7s · waiting for a free slot',
    ]);
  });

  it('that waits again has no running step: the one that ran was lost with its attempt', () => {
    const lines = draw(
      view(aBuild({ status: 'queued' }), [aStep(1, 'FROM busybox:1'), aRunningStep(2, 'RUN make')]),
    );
    expect(lines.join()).toContain('#1 FROM busybox:1');
    expect(lines.join()).not.toContain('RUN make');
    expect(lastSeen(aBuild({ status: 'queued' }), [aRunningStep(2, 'RUN make')])[0]?.status).toBe('pending');
  });

  it('shows finished, cached and running steps with the last log lines', () => {
    let state = view(aBuild(), steps);
    state = withLog(state, aChunk(0, 'one\ntwo\nthree\n'));
    state = withLog(state, aChunk(1, 'four\n\u001b[2Jfive\u001b[31m!\nsix\nseven\n'));
    expect(draw(state)).toEqual([
      '⠙ hello#12 building · 5.7s · 2/4 steps · 1 cached',
      ' ✓ #1 FROM busybox:1                                  CACHED',
      ' ✓ #2 RUN apk add \\ gcc make                          3m 04s',
      ' ⠙ #3 RUN make                                          4.5s',
      '   │ two',
      '   │ three',
      '   │ four',
      '   │ five!',
      '   │ six',
      '   │ seven',
    ]);
  });

  it('says that it is being cancelled, that it is another attempt, that the connection is gone', () => {
    const state = view(aBuild({ cancel_requested_at: after(4) }), [
      aRunningStep(1, 'RUN sleep 60', { attempt: 2 }),
    ]);
    expect(draw(disconnected(state), { columns: 100 })[0]).toBe(
      '⠙ hello#12 cancelling · 5.7s · 0/1 steps · attempt 2 · connection lost, trying again',
    );
  });

  it('forgets the steps and lines of an attempt that was lost', () => {
    const first = withLog(view(aBuild(), steps), aChunk(0, 'of the first\n'));
    const second = withLog(first, aChunk(0, 'of the second\n', { attempt: 2 }));
    expect(withSteps(second, [aStep(9, 'late')])).toEqual(second);
    expect(draw(withSteps(second, [aRunningStep(3, 'RUN make', { attempt: 2 })])).slice(1)).toEqual([
      ' ⠙ #3 RUN make                                          5.7s',
      '   │ of the second',
    ]);
  });

  it('that ended keeps every step', () => {
    const done = [
      aStep(1, 'FROM a', { cached: true }),
      aStep(2, 'RUN b', { status: 'failed' }),
      aStep(3, 'RUN c', { status: 'skipped', started_at: null, duration_milliseconds: null }),
    ];
    expect(draw(view(aSuccess(), done), { atSeconds: 99, columns: 30 })).toEqual([
      '✓ hello#12 success · 14.2s · …',
      ' ✓ #1 FROM a            CACHED',
      ' ✗ #2 RUN b               1.2s',
      ' - #3 RUN c',
    ]);
  });

  it('never draws wider or higher than the terminal', () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      aStep(index + 1, `RUN 日本語 ${'x'.repeat(index * 3)}`),
    );
    let state = view(aBuild(), [...many, aRunningStep(41, 'RUN last')]);
    state = withLog(state, aChunk(0, `${'日本'.repeat(100)}\nshort\n`, { step_number: 41 }));
    for (const columns of [1, 5, 10, 20, 40, 79, 200]) {
      const lines = draw(state, { columns, rows: 12 });
      expect(lines).toHaveLength(12);
      expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
    }
    expect(draw(state, { rows: 12, columns: 40 })[1]).toBe('   … 33 more steps');
  });

  it('keeps running steps in sight when finished ones fill the terminal', () => {
    const done = Array.from({ length: 30 }, (_, index) => aStep(index + 2, `RUN ${index + 2}`));
    const state = withLog(
      view(aBuild(), [aRunningStep(1, 'RUN long'), ...done]),
      aChunk(0, 'x\ny\n', { step_number: 1 }),
    );
    const lines = draw(state, { rows: 7 });
    expect(lines.slice(1, 5)).toEqual([
      '   … 28 more steps',
      ' ⠙ #1 RUN long                                          5.7s',
      '   │ x',
      '   │ y',
    ]);
    expect(lines.at(-1)).toContain('#31 RUN 31');
  });
});
