import fc from 'fast-check';
import { keepOnlyColours, stripEscapes } from '../../src/cli/terminal/escapes.js';

const ESC = '\u001b';

describe('text of a build on a terminal', () => {
  it.each([
    ['a hyperlink (OSC 8)', `${ESC}]8;;http://evil/${ESC}\\click${ESC}]8;;${ESC}\\ me`, 'click me'],
    ['a clipboard write (OSC 52)', `a${ESC}]52;c;ZXZpbA==\u0007b`, 'ab'],
    ['a title (OSC 0)', `${ESC}]0;owned\u0007x`, 'x'],
    ['a DCS string', `a${ESC}P+q544e${ESC}\\b`, 'ab'],
    ['an APC string', `a${ESC}_Gf=100;AAAA${ESC}\\b`, 'ab'],
    ['cursor moves and clearing', `${ESC}[2J${ESC}[1;1Hx${ESC}[10Ay`, 'xy'],
    ['a device query', `a${ESC}[6n${ESC}[cb`, 'ab'],
    ['the alternate screen', `a${ESC}[?1049hb`, 'ab'],
    ['a full reset', `a${ESC}cb`, 'ab'],
    ['C1 controls', 'a\u009b2Jb\u009d0;t\u009cc\u0085d', 'abcd'],
    ['an unfinished control string', `a${ESC}]52;c;ZXZpbA==`, 'a52;c;ZXZpbA=='],
    ['an unfinished sequence at the end', `a${ESC}[12`, 'a12'],
    ['bell, backspace and NUL', 'a\u0007\bb\0c', 'abc'],
    ['xterm key settings that end in m', `a${ESC}[>4;2mb`, 'ab'],
  ])('loses %s', (_what, text, clean) => {
    expect(keepOnlyColours(text)).toBe(clean);
  });

  it('keeps colours and ends them with the line', () => {
    expect(keepOnlyColours(`${ESC}[31mred${ESC}[0m plain`)).toBe(`${ESC}[31mred${ESC}[0m plain`);
    expect(keepOnlyColours(`${ESC}[1;38;5;9mred\nnext`)).toBe(`${ESC}[1;38;5;9mred${ESC}[0m\nnext`);
  });

  it('does not let removed pieces join into a new sequence', () => {
    expect(keepOnlyColours(`${ESC}${ESC}]0;x\u0007[2J`)).not.toContain(ESC);
    expect(keepOnlyColours(`${ESC}\u0007]52;c;AAAA\u0007`)).not.toContain(ESC);
  });

  it('turns a lone carriage return into a line end, so that nothing is painted over', () => {
    expect(keepOnlyColours('10%\r50%\r\n100%')).toBe('10%\n50%\n100%');
  });

  it('never lets anything but colours, tabs and line ends through', () => {
    const pieces = fc.constantFrom(
      ESC,
      '[',
      ']',
      '31m',
      '0m',
      '8;;',
      '\\',
      '\u0007',
      '\u009b',
      '\u009d',
      '\u009c',
      'm',
      '2J',
      'P',
      'text',
      '\n',
      '\r',
      '\ue000',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const clean = keepOnlyColours(parts.join(''));
        const left = clean.replaceAll(/\u001b\[[0-9;:]*m/g, '');
        expect(left).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
        expect(stripEscapes(parts.join(''))).not.toContain(ESC);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a hostile log', () => {
  it.each(['\u009d', '\u001b]', '\u001b[', '\u001b[1', '\u009b1;', '\u001bP\u0090'])(
    'of a million times %j takes processor time in proportion to its length',
    (piece) => {
      const start = process.cpuUsage();
      keepOnlyColours(piece.repeat(1_000_000));
      expect(process.cpuUsage(start).user / 1_000).toBeLessThan(5_000);
    },
  );
});
