import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeMetrics } from '../support/describe-metrics.js';
import { processMetrics } from '../support/process-metrics.js';

const GOLDEN = join(new URL('../../', import.meta.url).pathname, 'docs/metrics.md');

test('docs/metrics.md is made from the registries of the processes (UPDATE_GOLDENS=1 writes it)', async () => {
  const text = describeMetrics(await processMetrics());
  if (process.env['UPDATE_GOLDENS'] === '1') await writeFile(GOLDEN, text);
  expect(text).toBe(await readFile(GOLDEN, 'utf8'));
});

test('no label is an id', async () => {
  const { own } = await processMetrics();
  const labels = own.flatMap(([, metrics]) => metrics.flatMap((metric) => metric.labels));
  expect(
    [...new Set(labels)].filter((label) => /(^|_)(id|build|project|tenant|worker|token)$/.test(label)),
  ).toEqual([]);
});
