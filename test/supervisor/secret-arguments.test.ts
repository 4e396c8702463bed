import { expect, test } from 'vitest';
import type { RunOutcome } from '../../src/domain/builds/outcome.js';
import type { Journal } from '../../src/supervisor/journal.js';
import { RunLint } from '../../src/supervisor/lint.js';
import { Masks } from '../../src/supervisor/masks.js';

test('a run whose arguments look like secrets ends with a warning, also where it fails and is not linted', async () => {
  const options = { build_args: { NPM_TOKEN: 'planted-canary', VERSION: '1.2.3' } };
  const journal = { grant: { run: { options } }, state: { lintWarnings: [] } } as unknown as Journal;
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const outcome = { result: 'failed' } as RunOutcome;
  const told = await new RunLint({ log }, journal, new Masks()).addTo(outcome);
  expect(told.warnings?.map(({ foundBy, rule, message }) => [foundBy, rule, message.slice(0, 28)])).toEqual([
    ['kiln', 'SecretArgument', 'The build argument NPM_TOKEN'],
  ]);
});
