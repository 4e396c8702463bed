import { z } from 'zod';
import { optionWords } from '../../src/contracts/option-words.js';

const options = z.strictObject({
  base: z.string(),
  secrets: z.array(z.strictObject({ id: z.string() })).default([]),
});
const wordsFor = (value: object): string[] =>
  options
    .safeParse(value, { error: optionWords('files') })
    .error!.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);

test('an option that a method of one folder needs is called required, whatever its schema says of defaults', () => {
  expect(wordsFor({})).toEqual([
    "base: required: the method files needs it. Set it in the request, the build file or the project's defaults.",
  ]);
});

test('what is wrong inside of an option, or of another kind, is told in plain words', () => {
  expect(wordsFor({ base: 1, secrets: [{}] })).toEqual([
    'base: expected a text, not a number',
    'secrets.0.id: is missing; expected a text',
  ]);
});
