import { expect, it } from 'vitest';
import { buildFileSchema } from '../../src/contracts/build-file-schema.js';
import { besideGolden } from './golden-json.js';

it('is the golden schema (UPDATE_GOLDENS=1 writes it)', async () => {
  const { text, golden } = await besideGolden('kiln.schema.json', buildFileSchema());
  expect(text).toBe(golden);
});

it('refuses unknown fields, wants a version, and says what it refuses', () => {
  const schema = buildFileSchema();
  expect(schema).toMatchObject({ additionalProperties: false, required: ['version'] });
  expect(schema['description']).toContain('fields of another method, are refused');
});
