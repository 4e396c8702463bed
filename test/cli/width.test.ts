import { cutToWidth, displayWidth, padToWidth } from '../../src/cli/terminal/width.js';
import { tableLines } from '../../src/cli/terminal/table.js';

const RED = '\u001b[31m';
const RESET = '\u001b[0m';

describe('the width of text on a terminal', () => {
  it.each([
    ['plain', 5],
    [`${RED}red${RESET}`, 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['', 0],
  ])('%j takes %d columns', (text, columns) => expect(displayWidth(text)).toBe(columns));

  it('cuts by columns, not by characters, and ends colours', () => {
    expect(cutToWidth('abcdef', 4)).toBe('abc…');
    expect(cutToWidth('日本語', 5)).toBe('日本…');
    expect(cutToWidth('日本語', 4)).toBe('日…');
    expect(cutToWidth(`${RED}abcdef`, 3)).toBe(`${RED}ab…${RESET}`);
    expect(cutToWidth('abc', 3)).toBe('abc');
    expect(cutToWidth('abc', 0)).toBe('');
  });

  it('pads by columns', () => expect(padToWidth('日本', 6)).toBe('日本  '));

  it('aligns tables whose cells have colours', () => {
    expect(
      tableLines(
        [
          ['a', 'long one', 'x'],
          [`${RED}bcd${RESET}`, 'b', 'y'],
        ],
        40,
      ),
    ).toEqual(['a    long one  x', `${RED}bcd${RESET}  b         y`]);
  });
});
