import { expect, it } from 'vitest';
import { INTERNAL_OPERATIONS, PUBLIC_OPERATIONS } from '../../src/contracts/index.js';
import { openApiDocument } from '../../src/contracts/openapi.js';
import { besideGolden } from './golden-json.js';

it('is the golden document (UPDATE_GOLDENS=1 writes it)', async () => {
  const { text, golden } = await besideGolden('openapi.json', openApiDocument());
  expect(text).toBe(golden);
});

it('describes every public operation and no internal one', () => {
  const text = JSON.stringify(openApiDocument());
  const described = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
  expect(described.sort()).toEqual(PUBLIC_OPERATIONS.map(({ id }) => id).sort());
  for (const { path } of INTERNAL_OPERATIONS) expect(text).not.toContain(path.split(':')[0]);
});

it('has no reference that leads nowhere', () => {
  const document = openApiDocument() as { components: { schemas: Record<string, unknown> } };
  const text = JSON.stringify(document);
  const referred = new Set([...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name));
  expect([...referred].filter((name) => document.components.schemas[String(name)] === undefined)).toEqual([]);
  expect(text).not.toContain('$defs');
});

it('carries the descriptions of fields', () => {
  expect(JSON.stringify(openApiDocument())).toContain('repository@digest as the registry serves it');
});
