import { expect, it } from '@jest/globals';
import { toProblem } from '../../src/api/problem.js';

it('says of a disk that takes no more that it is full, without its path', () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, open '/data/x'"), {
    code: 'ENOSPC',
  });
  const problem = toProblem(full, 'r1');
  expect(problem).toMatchObject({ status: 507, code: 'disk_full', retryable: true });
  expect(JSON.stringify(problem)).not.toContain('/data/x');
});
