/** Made when the first text needs it: it takes ten milliseconds. */
let segmenter: Intl.Segmenter | null = null;
const ONLY_ASCII = /^[\u0020-\u007e]*$/;
const ZERO_WIDTH = /^[\p{M}\p{Cf}\u200b]+$/u;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const SGR = /(\u001b\[[0-9;:]*m)/;
const RESET = '\u001b[0m';

/** Columns a text takes on a terminal. Colour sequences take none; wide characters and emoji take two. */
export function displayWidth(text: string): number {
  return text
    .split(SGR)
    .filter((_part, index) => index % 2 === 0)
    .reduce((sum, part) => sum + plainWidth(part), 0);
}

/** Cuts a text to `columns` by display width, with an ellipsis where something went; colours stay balanced. */
export function cutToWidth(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (displayWidth(text) <= columns) return text;
  let left = columns - 1;
  let out = '';
  let coloured = false;
  for (const [index, part] of text.split(SGR).entries()) {
    if (index % 2 === 1) {
      out += part;
      coloured = true;
      continue;
    }
    for (const { segment } of graphemesOf(part)) {
      const width = graphemeWidth(segment);
      if (width > left) return `${out}…${coloured ? RESET : ''}`;
      out += segment;
      left -= width;
    }
  }
  return out;
}

/** A text without colours in pieces of at most `columns`, with nothing left out; a character that is wider is a piece by itself. */
export function splitToWidth(text: string, columns: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const { segment } of graphemesOf(text)) {
    if (piece !== '' && displayWidth(piece + segment) > columns) {
      pieces.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return [...pieces, piece];
}

/** Pads with spaces on the right up to `columns`; longer texts stay as they are. */
export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

function plainWidth(text: string): number {
  if (ONLY_ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemesOf(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(grapheme: string): number {
  if (ZERO_WIDTH.test(grapheme)) return 0;
  return EMOJI.test(grapheme) || WIDE.test(grapheme) ? 2 : 1;
}
