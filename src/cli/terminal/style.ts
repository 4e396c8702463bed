import pc from 'picocolors';
import type { StatusRule } from '../../domain/builds/status.js';

export type Tone = StatusRule['tone'];
type Paint = (text: string) => string;

/** The few ways in which the CLI marks text. Without colour every function gives its text back. */
export interface Style {
  readonly tone: Readonly<Record<Tone, Paint>>;
  readonly dim: Paint;
  readonly bold: Paint;
}

/** @param color whether escape sequences may be written (see `wantsColour`). */
export function createStyle(color: boolean): Style {
  const paint = pc.createColors(color);
  return {
    tone: { muted: paint.gray, active: paint.cyan, good: paint.green, bad: paint.red, warn: paint.yellow },
    dim: paint.dim,
    bold: paint.bold,
  };
}

/** NO_COLOR (any non-empty value) turns colours off, FORCE_COLOR on; otherwise a terminal has them, unless it is dumb. */
export function wantsColour(
  stream: { isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] && env['FORCE_COLOR'] !== '0') return true;
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}
