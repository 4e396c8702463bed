import type { RunFailure } from '../../src/domain/builds/outcome.js';
import { judgeAbsence, mirrored } from '../../src/supervisor/behind-mirrors.js';

const missing: RunFailure = {
  code: 'base_image_missing',
  stage: 'build',
  message: 'The base image a.example/x does not exist on its registry.',
  retryable: false,
  stepNumber: 1,
  instruction: 'FROM a.example/x',
  exitCode: 1,
  lastLines: [],
};
const never = new AbortController().signal;

test('an image that no mirror has is not missing while its registry does not answer', async () => {
  const asked: string[] = [];
  const trouble = (host: string): Promise<string | null> => {
    asked.push(host);
    return Promise.resolve(host === 'a.example' ? 'failed (ECONNREFUSED)' : null);
  };
  expect(await judgeAbsence(missing, ['b.example', 'a.example'], trouble, never)).toEqual({
    ...missing,
    code: 'registry_unreachable',
    retryable: true,
    message:
      'No mirror of a.example has a base image, and a.example itself does not answer: failed (ECONNREFUSED).',
  });
  expect(asked).toEqual(['b.example', 'a.example']);
});

test('it is missing where the registry answers, and where there is no mirror', async () => {
  expect(await judgeAbsence(missing, ['a.example'], () => Promise.resolve(null), never)).toBe(missing);
  const mirrors = [{ registry: 'docker.io', mirror: 'm.example/hub' }];
  expect(mirrored(['docker.io', 'a.example'], mirrors)).toEqual(['docker.io']);
});

test('no registry is asked because of any other failure', async () => {
  const other: RunFailure = { ...missing, code: 'build_step_failed' };
  expect(await judgeAbsence(other, ['a.example'], () => Promise.reject(new Error()), never)).toBe(other);
});
