import type { TerminalStatus } from '../builds/status.js';

/** What a badge says: how the newest build that has ended has ended; null where none has. */
export type BadgeStatus = TerminalStatus | null;

const SAID: Readonly<Record<TerminalStatus | 'none', { readonly text: string; readonly colour: string }>> = {
  success: { text: 'passing', colour: '#2e7d32' },
  failed: { text: 'failing', colour: '#c62828' },
  cancelled: { text: 'cancelled', colour: '#9a6700' },
  none: { text: 'no builds', colour: '#616161' },
};
/** Tenths of a pixel by letter in DejaVu Sans at 11 px, which Verdana is nearly as wide as. */
const LETTER_WIDTHS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    31: "'ijlIJ",
    36: ' ,./:;\\|',
    41: 'f-()[]t!',
    46: 'r"',
    57: 's*_`?z',
    62: 'cLFk',
    66: 'vxyPTYaoe',
    76: 'KABVXZRC',
    83: 'UNHDG&OQ',
    92: 'w#+<=>^~M',
    108: 'mW@%',
  }).flatMap(([width, letters]) => Array.from(letters, (letter) => [letter, Number(width)] as const)),
);
const USUAL_WIDTH = 70;
/** Of the letters of East Asia and of pictures. */
const WIDE = 110;
const FIRST_WIDE = '\u1100';
const PADDING = 12;
const LONGEST_LABEL = 60;

/** A badge as SVG, the same for the same input: `label` on the left, the status on the right. */
export function badgeSvg(label: string, status: BadgeStatus): string {
  const { text, colour } = SAID[status ?? 'none'];
  const shown = Array.from(label).slice(0, LONGEST_LABEL).join('');
  const left = widthOf(shown);
  const right = widthOf(text);
  const name = escapeXml(shown);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${name}: ${text}">
<title>${name}: ${text}</title>
<clipPath id="r"><rect width="${left + right}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="${left}" height="20" fill="#424242"/><rect x="${left}" width="${right}" height="20" fill="${colour}"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="${left / 2}" y="14" textLength="${left - PADDING}">${name}</text><text x="${left + right / 2}" y="14" textLength="${right - PADDING}">${text}</text></g>
</svg>
`;
}

function widthOf(text: string): number {
  const widths = Array.from(text, (letter) => {
    if (/^[\p{Mark}\p{Format}]$/u.test(letter)) return 0;
    return LETTER_WIDTHS.get(letter) ?? (letter < FIRST_WIDE ? USUAL_WIDTH : WIDE);
  });
  return Math.round(widths.reduce((sum, width) => sum + width, 0) / 10) + PADDING;
}

/** Control characters have no place in XML, escaped or not. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/[\u0000-\u001f\u007f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
