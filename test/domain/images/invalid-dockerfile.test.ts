import { expect, test } from 'vitest';
import { namedStages } from '../../../src/domain/builds/other-stages.js';
import { checkDockerfile } from '../../../src/domain/images/dockerfile/check.js';
import { invalidDockerfile } from '../../../src/domain/images/invalid-dockerfile.js';

const OPTIONS = {
  target_stage: 'final',
  tests: { target: 'chekc' },
  artifacts: [{ target: 'build' }, { target: 'docs' }],
};

const refusal = (text: string) => {
  const stages = namedStages(OPTIONS);
  const alsoBuilt = stages.slice(1).map(({ target }) => target);
  return invalidDockerfile(checkDockerfile(text, { target: 'final', alsoBuilt }), 'dockerfile', stages);
};

test('stages that a Dockerfile lacks are blamed on the settings that name them, with those that there are', () => {
  const { code, message, fields } = refusal('FROM a AS build\nFROM build AS check\nFROM build AS final\n');
  expect(code).toBe('invalid_request');
  expect(fields).toEqual([
    { field: 'tests.target', message: 'There is no stage "chekc"; the stages are build, check, final.' },
    { field: 'artifacts.1.target', message: 'There is no stage "docs"; the stages are build, check, final.' },
  ]);
  expect(message).toMatch(/^tests\.target: There is no stage "chekc"/);
});

test('a Dockerfile that has an error of its own is blamed first', () => {
  expect(refusal('FROM a AS build\nRUNN x\n').code).toBe('dockerfile_invalid');
});
