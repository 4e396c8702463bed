import { expect, test } from 'vitest';
import { lineOf, withLine } from '../../../../src/domain/images/dockerfile/line-of.js';
import type { RunFailure } from '../../../../src/domain/builds/outcome.js';

const DOCKERFILE = `# syntax=docker/dockerfile:1
FROM base AS made
run --mount=type=cache,target=/c \\
    make  all
RUN true
FROM base
RUN true
COPY --from=made /a /b
`;

test.each([
  ['RUN --mount=type=cache,target=/c make all', 3],
  ['COPY --from=made /a /b', 8],
  ['FROM base AS made', 2],
  ['RUN true', null],
  ['RUN false', null],
])('the line of %s is %s', (instruction, line) => {
  expect(lineOf(instruction, DOCKERFILE)).toBe(line);
});

const failure = (change: Partial<RunFailure>): RunFailure => ({
  ...{ code: 'build_step_failed', stage: 'build', message: 'It failed with exit code 2.', retryable: false },
  ...{ stepNumber: 1, instruction: 'COPY --from=made /a /b', exitCode: 2, lastLines: [] },
  ...change,
});

test('a failure gets the line of its instruction once, and only where the file tells it', () => {
  const told = withLine(failure({}), DOCKERFILE);
  expect(told.message).toBe('It failed with exit code 2 (Dockerfile line 8).');
  expect(withLine(told, DOCKERFILE)).toBe(told);
  const nowhere = failure({ instruction: 'npm@1' });
  expect([withLine(nowhere, DOCKERFILE), withLine(nowhere, null)]).toEqual([nowhere, nowhere]);
});
