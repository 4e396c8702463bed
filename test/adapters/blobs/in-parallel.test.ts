import { expect, test } from 'vitest';
import { inParallel } from '../../../src/adapters/blobs/in-parallel.js';

test('the first error ends it: nothing more is begun', async () => {
  const begun: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    await new Promise((resolve) => setTimeout(resolve, item === 3 ? 1 : 5));
    if (item === 3) throw new RangeError('three');
  };
  await expect(
    inParallel(
      Array.from({ length: 100 }, (_, index) => index),
      work,
    ),
  ).rejects.toThrow('three');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(begun.length).toBeLessThan(30);
});
