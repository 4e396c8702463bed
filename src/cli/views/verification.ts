import type { Verification } from '../../contracts/provenance-operations.js';
import type { Style } from '../terminal/style.js';

const WIDTH = 16;

/** A line for each check, and what it comes to. */
export function verificationLines({ image, checks, holds }: Verification, style: Style): string[] {
  const marks = {
    holds: style.tone.good('✓'),
    fails: style.tone.bad('✗'),
    pending: style.tone.active('…'),
    absent: style.dim('–'),
  };
  const count = (wanted: string): number => checks.filter(({ state }) => state === wanted).length;
  const [failed, awaited] = [count('fails'), count('pending')];
  return [
    ...checks.map(({ name, state, text }) => `${marks[state]} ${name.padEnd(WIDTH)} ${text}`),
    '',
    holds
      ? `${marks.holds} ${image} holds.`
      : failed === 0
        ? `${marks.pending} ${image} is not ready: ${awaited} of ${checks.length} checks ${awaited === 1 ? 'is' : 'are'} of what is being made. Ask again in a moment.`
        : `${marks.fails} ${image} does not hold: ${failed} of ${checks.length} checks ${failed === 1 ? 'fails' : 'fail'}.`,
  ];
}
