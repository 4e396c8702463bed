import { formatRemaining } from './terminal/units.js';

/** A blink is not worth a line. */
const FIRST_TOLD_MS = 3_000;
const TOLD_AGAIN_MS = 20_000;

/** Says from time to time that Kiln stays away and how long it is still tried; to be called at each broken connection. */
export function tellAway(warn: (text: string) => void): (awayMs: number, leftMs: number) => void {
  let nextMs = FIRST_TOLD_MS;
  return (awayMs, leftMs) => {
    if (awayMs < FIRST_TOLD_MS) nextMs = FIRST_TOLD_MS;
    if (awayMs < nextMs) return;
    nextMs = awayMs + TOLD_AGAIN_MS;
    warn(`Kiln does not answer; trying again for ${formatRemaining(leftMs)} more`);
  };
}
