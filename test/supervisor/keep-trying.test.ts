import { KilnError } from '../../src/domain/errors.js';
import { keepTrying } from '../../src/supervisor/keep-trying.js';

const patience = { firstMs: 1, maxMs: 1, signal: new AbortController().signal, tries: 3 };

test.each([
  [Object.assign(new Error('write'), { code: 'ENOSPC' }), 'disk_full', 1],
  [Object.assign(new Error('write'), { code: 'EDQUOT' }), 'disk_full', 1],
  [new KilnError('removal_unanswered'), 'removal_unanswered', 1],
  [new KilnError('unavailable'), 'unavailable', 3],
  [new KilnError('not_found'), 'not_found', 1],
])('%s is given up as %s after %d tries', async (thrown, code, tries) => {
  let tried = 0;
  const call = () => Promise.reject(((tried += 1), thrown));
  await expect(keepTrying(call, patience)).rejects.toMatchObject({ code });
  expect(tried).toBe(tries);
});
