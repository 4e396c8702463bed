import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { format, resolveConfig } from 'prettier';
import { buildFileSchema } from '../../src/contracts/build-file-schema.js';

const GOLDEN = new URL('../../docs/generated/kiln.schema.json', import.meta.url).pathname;

it('is the golden schema (UPDATE_GOLDENS=1 writes it)', async () => {
  const text = await format(JSON.stringify(buildFileSchema()), {
    ...(await resolveConfig(GOLDEN)),
    parser: 'json',
  });
  if (process.env['UPDATE_GOLDENS'] === '1') await writeFile(GOLDEN, text);
  expect(text).toBe(await readFile(GOLDEN, 'utf8'));
});

it('refuses unknown fields, wants a version, and says what is not supported yet', () => {
  const schema = buildFileSchema();
  expect(schema).toMatchObject({ additionalProperties: false, required: ['version'] });
  expect(schema['description']).toContain('resources');
});
