import { expect, it } from 'vitest';
import { OPERATIONS } from '../../src/contracts/index.js';
import { isErrorCode } from '../../src/domain/errors.js';

const all = OPERATIONS.map((operation) => [operation.id, operation] as const);

it('gives every operation an id and a route of its own', () => {
  const routes = OPERATIONS.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ':')}`);
  expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length);
  expect(new Set(routes).size).toBe(routes.length);
});

it.each(all)('%s names errors of the table, and parameters of its path', (_id, operation) => {
  expect(operation.errors.filter((code) => !isErrorCode(code))).toEqual([]);
  const inPath = [...operation.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
  expect(Object.keys(operation.params?.shape ?? {}).sort()).toEqual(inPath.sort());
});

it.each(all)('%s refuses query fields that it does not know', (_id, operation) => {
  const result = operation.query?.safeParse({ surely_unknown: '1' });
  expect(result?.success ?? false).toBe(false);
});

const changes = all.filter(([, { method, body }]) => method === 'patch' && body !== undefined);

it.each(changes)('%s refuses a change of nothing', (_id, operation) => {
  expect(operation.body?.safeParse({}).success).toBe(false);
});
