/** What charts are drawn with: blocks, or ASCII where the terminal knows no others. */
export interface Blocks {
  /** From low to high. */
  readonly heights: readonly string[];
  /** Parts of a bar, which can be told apart without colour. */
  readonly fills: readonly [string, string, string, string];
}

const UNICODE: Blocks = { heights: [...'▁▂▃▄▅▆▇█'], fills: ['█', '▓', '░', '·'] };
const ASCII: Blocks = { heights: [...'_.:-=+*#'], fills: ['#', 'x', '-', '.'] };

/** ASCII for a dumb terminal, and where the locale is named and is not one of UTF-8. */
export function blocksFor(env: Readonly<Record<string, string | undefined>>): Blocks {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'];
  const isKnown = locale === undefined || /utf-?8/i.test(locale);
  return isKnown && env['TERM'] !== 'dumb' ? UNICODE : ASCII;
}

/** Values as a line of heights, the highest of them full; a space where there is none. */
export function sparkline(values: readonly (number | null)[], { heights }: Blocks): string {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  const top = heights.length - 1;
  return values
    .map((value) => (value === null ? ' ' : heights[most === 0 ? 0 : Math.round((value / most) * top)]))
    .join('');
}

/**
 * How many of `cells` each part of a bar takes, which is as long as `share` of them (0 to 1): what there is has a cell, the rest goes by size.
 */
export function barCells(parts: readonly number[], share: number, cells: number): number[] {
  const total = parts.reduce((sum, part) => sum + part, 0);
  if (total === 0) return parts.map(() => 0);
  const present = parts.filter((part) => part > 0).length;
  const length = Math.min(cells, Math.max(present, Math.round(share * cells)));
  const taken = parts.map((part) => (part > 0 ? Math.max(1, Math.floor((part / total) * length)) : 0));
  for (let left = length - taken.reduce((sum, one) => sum + one, 0); left !== 0; left -= Math.sign(left)) {
    const missing = parts.map((part, index) => (part / total) * length - (taken[index] ?? 0));
    const worst = missing.indexOf(left > 0 ? Math.max(...missing) : Math.min(...missing));
    taken[worst] = (taken[worst] ?? 0) + Math.sign(left);
  }
  return taken;
}
