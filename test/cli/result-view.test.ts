import { resultLines } from '../../src/cli/progress/result-view.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import { aBuild, aFailure, after, aStep, aSuccess, CREATED_MS } from '../support/api-records.js';

const context = { steps: [], nowMs: CREATED_MS + 60_000, style: createStyle(false) };

describe('the last word on a build', () => {
  it('that succeeded names image, digest and tags', () => {
    const steps = [aStep(1, 'FROM a', { cached: true }), aStep(2, 'RUN b')];
    expect(resultLines(aSuccess(), { ...context, steps })).toEqual([
      '✓ hello#12 success in 14.2s (2 steps, 1 cached)',
      `  image      127.0.0.1:5000/hello@sha256:${'ab'.repeat(32)}`,
      `  digest     sha256:${'ab'.repeat(32)}`,
      '  tags       127.0.0.1:5000/hello:12, 127.0.0.1:5000/hello:latest',
    ]);
  });

  it.each([aSuccess, aFailure])('counts the warnings, and says how to see them', (aTerminal) => {
    const lines = resultLines(aTerminal({ result: { warning_count: 3 } }), context);
    expect(lines.at(-1)).toBe('  warnings   3 warnings: kiln show hello#12 --warnings');
  });

  it('that failed says where, why and what to do', () => {
    expect(resultLines(aFailure(), context)).toEqual([
      '✗ hello#12 failed after 3.2s',
      '  reason     RUN make ended with exit code 2.',
      '  stage      build',
      '  step       #3 RUN make',
      '  exit code  2',
      '  │ cc -c main.c',
      '  │ main.c:7: error: expected ;',
      '  to do      Read the last lines of the step in the log.',
    ]);
  });

  it('that failed in the queue has no stage and no step', () => {
    const build = aFailure({
      result: {
        failure_stage: null,
        failure_step: null,
        failure_instruction: null,
        exit_code: null,
        failure_last_lines: [],
        retryable: true,
      },
    });
    expect(resultLines(build, context)).toEqual([
      '✗ hello#12 failed after 3.2s',
      '  reason     RUN make ended with exit code 2.',
      '  to do      Read the last lines of the step in the log.',
      '  The same build may succeed when it is run again: kiln retry hello#12',
    ]);
  });

  it('that timed out or was cancelled says so', () => {
    expect(resultLines(aFailure({ result: { status: 'timeout' } }), context)[0]).toBe(
      '✗ hello#12 timed out after 3.2s',
    );
    const cancelled = aBuild({
      status: 'cancelled',
      completed_at: after(2),
      error_message: 'asked for by a person',
    });
    expect(resultLines(cancelled, context)).toEqual([
      '✗ hello#12 cancelled after 2.0s',
      '  reason     asked for by a person',
    ]);
  });

  it('lets no escape sequence of the build through', () => {
    const build = aFailure({
      result: { failure_reason: 'bad \u001b]0;x\u0007name', failure_last_lines: ['\u001b[2Jx'] },
    });
    expect(resultLines(build, context).join('\n')).not.toContain('\u001b');
  });
});
