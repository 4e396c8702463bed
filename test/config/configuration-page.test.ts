import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROCESS_VARIABLES } from '../../src/config/variables.js';
import { describeConfiguration, knownVariables } from '../support/describe-configuration.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const GOLDEN = join(ROOT, 'docs/generated/configuration.md');
/** In the environment of a run's processes, by which they are found; nobody sets it. */
const MARK_OF_RUNS = 'KILN_RUN';

const known = new Set([...knownVariables(), MARK_OF_RUNS]);

it('is the golden page (UPDATE_GOLDENS=1 writes it)', async () => {
  const text = describeConfiguration();
  if (process.env['UPDATE_GOLDENS'] === '1') await writeFile(GOLDEN, text);
  expect(text).toBe(await readFile(GOLDEN, 'utf8'));
});

it('describes every variable', () => {
  const silent = Object.values(PROCESS_VARIABLES).flatMap((shape) =>
    Object.entries(shape).flatMap(([name, schema]) => (schema.description === undefined ? [name] : [])),
  );
  expect(silent).toEqual([]);
});

it('knows every variable that the sources name', () => {
  const named = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap(
      (file) => readFileSync(join(ROOT, 'src', file), 'utf8').match(/\bKILN_[A-Z][A-Z_]*[A-Z]\b/g) ?? [],
    );
  expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
});
