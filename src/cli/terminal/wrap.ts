import { cutToWidth, displayWidth } from './width.js';

/** A text without colours as lines of at most `columns`, broken between words; a longer word is cut. */
export function wrapWords(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (displayWidth(longer) <= columns) line = longer;
    else {
      if (line !== '') lines.push(line);
      line = cutToWidth(word, columns);
    }
  }
  return [...lines, line];
}
