import { expect, it } from 'vitest';
import { KilnError } from '../../src/domain/errors.js';
import { toProblem } from '../../src/api/problem.js';

it('says of a disk that takes no more that it is full, without its path', () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, open '/data/x'"), {
    code: 'ENOSPC',
  });
  const problem = toProblem(full, 'r1');
  expect(problem).toMatchObject({ status: 507, code: 'disk_full', retryable: true });
  expect(JSON.stringify(problem)).not.toContain('/data/x');
});

it('names the project in remedies where the request was about one', () => {
  const message = 'Too large. Raise it: kiln limits set --project PROJECT image_max_bytes=VALUE';
  const error = new KilnError('destination_not_allowed', { message });
  expect(toProblem(error, 'r1', 'app')).toMatchObject({
    detail: 'Too large. Raise it: kiln limits set --project app image_max_bytes=VALUE',
    fix: expect.stringContaining('kiln projects set app --destination'),
  });
  expect(toProblem(error, 'r1')).toMatchObject({ detail: message });
});
