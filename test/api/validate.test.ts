import { expect, test } from 'vitest';
import { z } from 'zod';
import { validate } from '../../src/api/validate.js';

const schema = z.object({ name: z.string(), args: z.record(z.string(), z.string()).default({}) });

test.each([
  [{ name: 'a\u0000b' }, 'name'],
  [{ name: 'a', args: { WHO: '\u0000' } }, 'args.WHO'],
  [{ name: 'a', args: { 'W\u0000HO': 'x' } }, 'args.WHO'],
])('a NUL character is refused, naming the field: %j', (value, field) => {
  expect(() => validate(schema, value, 'body')).toThrow(
    expect.objectContaining({ code: 'invalid_request', fields: [expect.objectContaining({ field })] }),
  );
});

test('a text without NUL passes as it is', () => {
  expect(validate(schema, { name: 'ä\n' }, 'body')).toEqual({ name: 'ä\n', args: {} });
});
