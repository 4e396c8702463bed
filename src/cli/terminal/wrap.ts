import { displayWidth, splitToWidth } from './width.js';

/**
 * A text without colours as lines of at most `columns`, broken between words; a longer word, such as a digest, is broken too, unless words
 * are to stay whole: what is copied, such as an address, is left to the terminal.
 */
export function wrapWords(text: string, columns: number, { whole = false } = {}): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= columns) line = longer;
    else {
      if (line !== '') lines.push(line);
      const pieces = whole ? [word] : splitToWidth(word, columns);
      lines.push(...pieces.slice(0, -1));
      line = pieces.at(-1) ?? '';
    }
  }
  return [...lines, line];
}

/** A text as lines of at most `columns`: the first behind `indent` spaces, the others two further in. */
export function hangingLines(text: string, columns: number, indent: number): string[] {
  return wrapWords(text, Math.max(10, columns - indent - 2)).map(
    (line, index) => `${' '.repeat(index === 0 ? indent : indent + 2)}${line}`,
  );
}
