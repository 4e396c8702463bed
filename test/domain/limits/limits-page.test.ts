import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeLimits } from '../../support/describe-limits.js';

const GOLDEN = join(new URL('../../../', import.meta.url).pathname, 'docs/limits.md');

test('docs/limits.md is made from the table of limits (UPDATE_GOLDENS=1 writes it)', async () => {
  const text = describeLimits();
  if (process.env['UPDATE_GOLDENS'] === '1') await writeFile(GOLDEN, text);
  expect(text).toBe(await readFile(GOLDEN, 'utf8'));
});
