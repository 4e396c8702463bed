import { LIMITS, type LimitName, type LimitUnit } from './limit-table.js';

const KIB = 1024;
const BYTES = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: KIB,
  MiB: KIB ** 2,
  GiB: KIB ** 3,
  TiB: KIB ** 4,
};
const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };

/** What may follow the number, and how many of the limit's own unit it is. */
const SUFFIXES: Readonly<Record<LimitUnit, Readonly<Record<string, number>>>> = {
  bytes: BYTES,
  seconds: SECONDS,
  minutes: Object.fromEntries(Object.entries(SECONDS).map(([suffix, seconds]) => [suffix, seconds / 60])),
  entries: {},
  milli: { m: 1, cpu: 1000 },
  pids: {},
  days: { d: 1 },
};
const EXAMPLES: Readonly<Record<LimitUnit, string>> = {
  bytes: 'bytes, or a number with a unit such as 500MB or 2GiB',
  seconds: 'seconds, or a number with s, m, h or d such as 30m or 2h',
  minutes: 'minutes, or a number with m, h or d such as 30m or 2h',
  entries: 'a whole number',
  milli: 'thousandths of a CPU, or a number with cpu such as 1.5cpu',
  pids: 'a whole number',
  days: 'days, such as 90 or 90d',
};

type Parsed = { readonly value: number } | { readonly problem: string };

/** What a text means for a limit, in its unit: a bare number, or one with a unit (`30m`, `2GiB`). `problem` says what was expected instead. */
export function parseLimit(name: LimitName, text: string): Parsed {
  const parsed = parseQuantity(LIMITS[name].unit, text);
  if ('problem' in parsed) return parsed;
  const problem = rangeProblem(name, parsed.value);
  return problem === null ? parsed : { problem };
}

/** A whole number of the unit, given bare or with another unit (`30m`, `2GiB`). `problem` says what was expected instead. */
export function parseQuantity(unit: LimitUnit, text: string): Parsed {
  const [, number = '', suffix = ''] = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]*)$/.exec(text.trim()) ?? [];
  const factor = suffix === '' ? 1 : factorOf(unit, suffix);
  const value = Number(number) * (factor ?? NaN);
  return number !== '' && Number.isSafeInteger(value) ? { value } : { problem: `expected ${EXAMPLES[unit]}` };
}

/** Null for a value that the limit can have. */
export function rangeProblem(name: LimitName, value: number): string | null {
  const { floor, ceiling } = LIMITS[name];
  if (Number.isSafeInteger(value) && value >= floor && value <= ceiling) return null;
  return `expected ${formatLimit(name, floor)} to ${formatLimit(name, ceiling)}`;
}

/** A value as people write it, exactly: `parseLimit` gives it back. */
export function formatLimit(name: LimitName, value: number): string {
  return formatQuantity(LIMITS[name].unit, value);
}

/** A whole number of the unit as people write it, exactly: `parseQuantity` gives it back. */
export function formatQuantity(unit: LimitUnit, value: number): string {
  const fitting = Object.entries(SUFFIXES[unit])
    .filter(([, factor]) => factor >= 1 && value > 0 && Number.isInteger(value / factor))
    .map(([suffix, factor]) => `${value / factor}${suffix}`);
  return fitting.sort((a, b) => a.length - b.length)[0] ?? String(value);
}

/** Capitals do not matter, but for `k`, `m` and their like alone, which mean different things to different people. */
function factorOf(unit: LimitUnit, suffix: string): number | undefined {
  const found = Object.entries(SUFFIXES[unit]).find(([one]) => one.toLowerCase() === suffix.toLowerCase());
  return found?.[1];
}
