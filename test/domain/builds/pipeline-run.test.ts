import { expect, test } from 'vitest';
import { errorType, pipelineResult } from '../../../src/domain/builds/pipeline-run.js';
import type { ResultStatus } from '../../../src/domain/builds/status.js';

const ended = (result: ResultStatus, failureCode: string | null) => pipelineResult({ result, failureCode });

test.each([
  ['success', null, 'success'],
  ['cancelled', 'cancelled', 'cancellation'],
  ['timeout', 'build_timeout', 'timeout'],
  ['failed', 'build_step_failed', 'failure'],
  ['failed', 'engine_failed', 'failure'],
  ['failed', 'never heard of', 'failure'],
  ['failed', 'disk_full', 'error'],
  ['failed', 'quarantined', 'error'],
  ['failed', 'workflow_lost', 'error'],
] as const)('%s with %s is the result %s of a pipeline', (result, code, expected) => {
  expect(ended(result, code)).toBe(expected);
});

test('an error is of a bounded number of types', () => {
  expect(errorType('disk_full')).toBe('disk_full');
  expect(errorType('never heard of')).toBe('_OTHER');
});
