const ESC = '\u001b';
/* Terminated control strings first (OSC, DCS, SOS, PM, APC), then CSI, then two- and three-byte escapes, then lone controls. */
const CONTROL_STRING =
  /(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009c-\u009f\n]*(?:\u0007|\u001b\\|\u009c)/gu;
const CSI = /(?:\u001b\[|\u009b)([0-9:;<=>?]*)([ -/]*)([@-~])/gu;
const OTHER = /\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f-\u009f]/gu;
const HOLD = '\ue000';
const RESET = `${ESC}[0m`;

/**
 * Makes text of a build safe to print: of all escape sequences only SGR (colours, bold...) stay; titles, links,
 * clipboard writes, cursor moves, queries and control characters go. A lone carriage return becomes a line end. Each
 * line that sets a colour also resets it, so that nothing bleeds into the next one.
 */
export function keepOnlyColours(text: string): string {
  return text
    .replace(/\r+\n/g, '\n')
    .replace(/\r/g, '\n')
    .split('\n')
    .map((line) => cleanLine(line))
    .join('\n');
}

/** The text without any escape sequence. */
export function stripEscapes(text: string): string {
  return keepOnlyColours(text).replace(CSI, '');
}

function cleanLine(line: string): string {
  const kept: string[] = [];
  const held = line
    .replaceAll(HOLD, '')
    .replace(CONTROL_STRING, '')
    .replace(CSI, (_all, parameters: string, between: string, final: string) => {
      if (final !== 'm' || between !== '' || !/^[0-9;:]*$/.test(parameters)) return '';
      kept.push(`${ESC}[${parameters}m`);
      return HOLD;
    })
    .replace(OTHER, '');
  let index = 0;
  const clean = held.replace(new RegExp(HOLD, 'g'), () => kept[index++] ?? '');
  const last = kept.at(-1);
  return last === undefined || last === RESET || last === `${ESC}[m` ? clean : clean + RESET;
}
