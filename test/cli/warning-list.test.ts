import type { BuildWarning } from '../../src/contracts/builds.js';
import { createStyle } from '../../src/cli/terminal/style.js';
import { displayWidth } from '../../src/cli/terminal/width.js';
import { warningLines } from '../../src/cli/views/warning-list.js';

const warnings: BuildWarning[] = [
  {
    found_by: 'hadolint',
    rule: 'DL3006',
    severity: 'warning',
    line_number: 1,
    column_number: 1,
    message: 'Always tag the version of an image explicitly',
    link: 'https://example.test/DL3006',
  },
  {
    found_by: 'buildkit',
    rule: 'JSONArgsRecommended',
    severity: 'info',
    line_number: null,
    column_number: null,
    message: 'JSON \u001b[31marguments\nrecommended',
    link: null,
  },
];
const lines = (columns: number, withLinks = false): string[] =>
  warningLines(warnings, { columns, style: createStyle(false) }, { withLinks });

describe('a list of warnings', () => {
  it('has the text beside line, level and rule, broken where the room ends', () => {
    expect(lines(70, true)).toEqual([
      'LINE  LEVEL    RULE                 WARNING',
      '1     warning  DL3006               Always tag the version of an image',
      '                                    explicitly',
      '                                    https://example.test/DL3006',
      '-     info     JSONArgsRecommended  JSON arguments recommended',
    ]);
  });

  it('has the text below them where there is no room', () => {
    expect(lines(50)).toEqual([
      'LINE  LEVEL    RULE                 WARNING',
      '1     warning  DL3006',
      '    Always tag the version of an image explicitly',
      '-     info     JSONArgsRecommended',
      '    JSON arguments recommended',
    ]);
    expect(Math.max(...lines(50).map(displayWidth))).toBeLessThanOrEqual(50);
  });
});
