import { expect, test } from 'vitest';
import { undeclaredIn } from '../../../src/engines/packer/diagnostics.js';
import { explainFailure } from '../../../src/engines/packer/failure.js';

/** What packer 1.9.4 says of a variables file, as it prints it for machines. */
const WARNED = String.raw`1795974206,,ui,say,Warning: Undefined variable\n\nThe variable "nope" was set but was not declared as an input variable.\nTo declare variable "nope" place this block in one of your .pkr.hcl files%!(PACKER_COMMA) such\nas variables.pkr.hcl\n\nvariable "nope" {\n  type    = string\n  default = null\n}\n\nWarning: Undefined variable\n\nThe variable "other" was set but was not declared as an input variable.\n
1795974206,,ui,say,The configuration is valid.
`;

test('variables that a template does not declare are found in the warnings of packer', () => {
  expect(undeclaredIn(WARNED)).toEqual(['nope', 'other']);
  expect(undeclaredIn('1795974206,,ui,say,The configuration is valid.\n')).toEqual([]);
});

test.each([
  [['nope'], 'declares no variable "nope": correct the name'],
  [['nope', 'other'], 'declares no variables "nope", "other": correct the name'],
])('%j are an error of the template, at compile', (variables, told) => {
  const failure = explainFailure({
    hide: (text) => text,
    end: { exitCode: 1, signal: null, outputs: {} },
    digest: null,
    phase: { name: 'validate', image: null },
    error: null,
    stopped: { undeclared: variables },
    failed: null,
    places: [],
    plainLines: [],
  });
  expect(failure).toMatchObject({
    code: 'template_invalid',
    stage: 'compile',
    message: expect.stringContaining(told),
  });
});
