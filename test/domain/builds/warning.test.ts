import { MAX_WARNINGS, mergeWarnings, type BuildWarning } from '../../../src/domain/builds/warning.js';

const at = (line: number | null, fields: Partial<BuildWarning> = {}): BuildWarning => ({
  foundBy: 'hadolint',
  rule: 'DL3006',
  severity: 'warning',
  line,
  column: 1,
  message: 'tag it',
  link: null,
  ...fields,
});

describe('warnings of several lints', () => {
  test('come in the order of the file, each once', () => {
    const merged = mergeWarnings([at(3), at(1)], [at(2, { foundBy: 'buildkit' }), at(3), at(null)]);
    expect(merged.map(({ line }) => line)).toEqual([null, 1, 2, 3]);
  });

  test('are bounded, and the gravest stay', () => {
    const many = Array.from({ length: MAX_WARNINGS }, (_, index) => at(index + 1, { severity: 'style' }));
    const merged = mergeWarnings(many, [at(5000, { severity: 'error' })]);
    expect(merged).toHaveLength(MAX_WARNINGS);
    expect(merged.at(-1)).toMatchObject({ line: 5000 });
  });
});
