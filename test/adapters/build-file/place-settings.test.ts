import { expect, test } from 'vitest';
import { parseBuildFile } from '../../../src/adapters/build-file/parse-build-file.js';
import { placeSettings } from '../../../src/adapters/build-file/place-settings.js';
import { settingsOfFile } from '../../../src/contracts/build-file.js';
import { effectiveBuild } from '../../../src/contracts/effective-build.js';
import { KilnError } from '../../../src/domain/errors.js';
import { BUILT_IN_LIMITS } from '../../../src/domain/limits/effective-limits.js';

const FILE = 'version: 1\nmethod: kaniko\nssh: [key]\ncache:\n  enabled: true\n  from: [r.test/a]\n';

function refusal(): unknown {
  try {
    effectiveBuild({ build_file: settingsOfFile(parseBuildFile(FILE, 'kiln.yaml')) }, BUILT_IN_LIMITS);
  } catch (error) {
    return error;
  }
  throw new Error('accepted');
}

test('settings of another method are told with their lines', () => {
  const { message, fields, code } = placeSettings(refusal(), FILE, 'kiln.yaml') as KilnError;
  expect(code).toBe('invalid_request');
  expect(message).toContain('ssh in kiln.yaml, line 3, does not fit. ssh belongs to buildx');
  expect(fields.find(({ field }) => field === 'options.cache_from')?.message).toContain(
    'cache.from in kiln.yaml, line 6, does not fit.',
  );
});

test('other errors stay what they are', () => {
  const error = new KilnError('invalid_request', { message: 'x in other.yaml does not fit' });
  expect(placeSettings(error, FILE, 'kiln.yaml')).toBe(error);
});
