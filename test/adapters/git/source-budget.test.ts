import { SourceBudget } from '../../../src/adapters/git/source-budget.js';

const budget = () =>
  new SourceBudget({
    context_max_bytes: { value: 100, origin: 'installation' },
    context_max_entries: { value: 3, origin: 'project' },
  });
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

test('files are counted apart from packs, and the limit is named with who set it and how it is raised', () => {
  const shared = budget();
  shared.takePacks(100);
  shared.take(2, 100);
  expect(() => shared.take(0, 1)).toThrow(
    'more bytes of files than the limit context_max_bytes (100B, set for the installation). The operator raises it with KILN_UPLOAD_MAX_BYTES of the api.',
  );
  expect(() => shared.take(2, 0)).toThrow('kiln limits set --project PROJECT context_max_entries=VALUE');
});
