import { expect, test } from 'vitest';
import { namedInstruction } from '../../src/domain/builds/named-instruction.js';
import { maskFailure } from '../../src/supervisor/outcome.js';
import { Masks } from '../../src/supervisor/masks.js';

test('a value across the place where a message cuts its instruction is hidden whole', () => {
  const value = 'tok-0123456789-abcdefghijklmnopqrstuvwxyz-9876543210';
  const instruction = `RUN echo ${'x'.repeat(80)} && publish ${value} || exit 1`;
  expect(namedInstruction(instruction)).toContain('tok-01');
  const failure = {
    ...({ code: 'build_step_failed', stage: 'build', retryable: false, stepNumber: 1, exitCode: 1 } as const),
    ...{ instruction, lastLines: [], message: `${namedInstruction(instruction)} failed with exit code 1.` },
  };
  const masked = maskFailure(failure, new Masks([Buffer.from(value)]));
  expect(masked.message).toBe(`RUN echo ${'x'.repeat(80)} && publish *** || exit 1 failed with exit code 1.`);
  expect(JSON.stringify(masked)).not.toContain('tok-');
});
