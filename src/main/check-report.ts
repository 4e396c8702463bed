import type { Style } from '../cli/terminal/style.js';
import type { CheckResult } from '../storage/verify/check.js';

/** The lines of an invariant check: what holds in a line each, what does not with examples. */
export function checkLines(checks: readonly CheckResult[], style: Style): string[] {
  return checks.flatMap(({ name, holds, wrong, examples, note }) => {
    const mark = wrong === 0 ? style.tone.good('✓') : style.tone.bad('✗');
    const more = wrong > examples.length ? [`      and ${String(wrong - examples.length)} more`] : [];
    return [
      `${mark} ${name.padEnd(19)} ${wrong === 0 ? '' : `${String(wrong)} wrong. `}${holds}${note === undefined ? '' : style.dim(` (${note})`)}`,
      ...examples.map((example) => `      ${example}`),
      ...more,
    ];
  });
}

/** Whether every invariant holds. */
export function allHold(checks: readonly CheckResult[]): boolean {
  return checks.every(({ wrong }) => wrong === 0);
}
