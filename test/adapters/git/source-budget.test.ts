import { SourceBudget } from '../../../src/adapters/git/source-budget.js';

const budget = () => new SourceBudget({ maxBytes: 100, maxEntries: 3 });
const tooLarge = expect.objectContaining({ code: 'source_too_large' }) as Error;

test('what a repository and its submodules bring is counted together', () => {
  const shared = budget();
  shared.takePacks(60);
  shared.checkPacks(40);
  expect(() => shared.takePacks(41)).toThrow(tooLarge);
});

test('looking at a fetch that goes on counts nothing twice', () => {
  const shared = budget();
  for (const soFar of [10, 50, 100]) shared.checkPacks(soFar);
  expect(() => shared.takePacks(100)).not.toThrow();
});

test('files are counted apart from packs, and the limit is named', () => {
  const shared = budget();
  shared.takePacks(100);
  shared.take(2, 100);
  expect(() => shared.take(0, 1)).toThrow('context_max_bytes');
  expect(() => shared.take(2, 0)).toThrow('context_max_entries');
});
