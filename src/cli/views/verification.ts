import type { Verification } from '../../contracts/provenance-operations.js';
import type { Style } from '../terminal/style.js';
import { displayWidth } from '../terminal/width.js';
import { hangingLines } from '../terminal/wrap.js';

const WIDTH = 16;

/** A line for each check, and what it comes to; on narrow screens what was found stands below the check, further in. */
export function verificationLines(
  { image, checks, holds }: Verification,
  { columns, style }: { readonly columns: number; readonly style: Style },
): string[] {
  const marks = {
    holds: style.tone.good('✓'),
    fails: style.tone.bad('✗'),
    pending: style.tone.active('…'),
    absent: style.dim('–'),
  };
  const wrapped = (state: keyof typeof marks, text: string): string[] =>
    hangingLines(text, columns, 0).map((line, index) => (index === 0 ? `${marks[state]} ${line}` : line));
  const count = (wanted: string): number => checks.filter(({ state }) => state === wanted).length;
  const [failed, awaited] = [count('fails'), count('pending')];
  const verdict = holds
    ? wrapped('holds', `${image} holds.`)
    : failed === 0
      ? wrapped(
          'pending',
          `${image} is not ready: ${awaited} of ${checks.length} checks ${awaited === 1 ? 'is' : 'are'} of what is being made. Ask again in a moment.`,
        )
      : wrapped(
          'fails',
          `${image} does not hold: ${failed} of ${checks.length} checks ${failed === 1 ? 'fails' : 'fail'}.`,
        );
  return [
    ...checks.flatMap(({ name, state, text }) => {
      const whole = `${name.padEnd(WIDTH)} ${text}`;
      if (displayWidth(whole) + 2 <= columns) return [`${marks[state]} ${whole}`];
      return [`${marks[state]} ${name}`, ...hangingLines(text, columns, 2)];
    }),
    '',
    ...verdict,
  ];
}
