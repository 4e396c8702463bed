import type { Verification } from '../../contracts/provenance-operations.js';
import type { Style } from '../terminal/style.js';

const WIDTH = 16;

/** A line for each check, and what it comes to. */
export function verificationLines({ image, checks, holds }: Verification, style: Style): string[] {
  const marks = { holds: style.tone.good('✓'), fails: style.tone.bad('✗'), absent: style.dim('–') };
  const failed = checks.filter(({ state }) => state === 'fails').length;
  return [
    ...checks.map(({ name, state, text }) => `${marks[state]} ${name.padEnd(WIDTH)} ${text}`),
    '',
    holds
      ? `${marks.holds} ${image} holds.`
      : `${marks.fails} ${image} does not hold: ${failed} of ${checks.length} checks ${failed === 1 ? 'fails' : 'fail'}.`,
  ];
}
