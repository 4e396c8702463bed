/** The times of a cron expression, as numbers in ascending order. */
export interface CronTimes {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Of the month. */
  readonly days: readonly number[];
  /** 1 is January. */
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly weekdays: readonly number[];
  /** Both name less than every day, and one of them is enough, as with every cron. */
  readonly isEitherDay: boolean;
  /** The hour begins with `*`: it runs as the clock goes, and not at times of the day that people have chosen. */
  readonly followsClock: boolean;
}

const MACROS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};
export const CRON_EXAMPLE = '`30 2 * * 1-5` is 02:30 from Monday to Friday';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface Part {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Names of the values, from `from` on. */
  readonly names: readonly string[];
}

const PARTS: readonly Part[] = [
  { name: 'minute', from: 0, to: 59, names: [] },
  { name: 'hour', from: 0, to: 23, names: [] },
  { name: 'day of the month', from: 1, to: 31, names: [] },
  { name: 'month', from: 1, to: 12, names: MONTHS },
  { name: 'day of the week', from: 0, to: 7, names: WEEKDAYS },
];

/**
 * Reads five fields (minute, hour, day of the month, month, day of the week; `*`, lists, ranges, steps, English names of three letters,
 * 0 and 7 for Sunday) or one of `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually`. A trouble names the field.
 */
export function parseCron(expression: string): CronTimes | { readonly trouble: string } {
  const text = expression.trim().toLowerCase();
  const fields = (MACROS[text] ?? text).split(/\s+/);
  if (text.startsWith('@') && MACROS[text] === undefined)
    return { trouble: `there is no ${quoted(text)}; there are ${Object.keys(MACROS).join(', ')}` };
  if (fields.length !== PARTS.length) {
    const found = text === '' ? 'nothing' : `${String(fields.length)} field${fields.length === 1 ? '' : 's'}`;
    return {
      trouble: `expected five fields (minute, hour, day of the month, month, day of the week), found ${found}; ${CRON_EXAMPLE}`,
    };
  }
  const read = PARTS.map((part, index) => readPart(fields[index] ?? '', part));
  const wrong = read.find((one) => typeof one === 'string');
  if (typeof wrong === 'string') return { trouble: wrong };
  const [minutes, hours, days, months, given] = read as number[][];
  const weekdays = sorted((given ?? []).map((day) => day % 7));
  const times = {
    minutes: minutes ?? [],
    hours: hours ?? [],
    days: days ?? [],
    months: months ?? [],
    weekdays,
  };
  return {
    ...times,
    isEitherDay: !fields[2]!.startsWith('*') && !fields[4]!.startsWith('*'),
    followsClock: fields[1]!.startsWith('*'),
  };
}

function readPart(field: string, part: Part): number[] | string {
  const values: number[] = [];
  for (const item of field.split(',')) {
    const read = readItem(item, part);
    if (typeof read === 'string') return `${part.name}: ${read}`;
    values.push(...read);
  }
  return sorted(values);
}

function readItem(item: string, part: Part): number[] | string {
  const [, range = '', step] = /^([^/]*)(?:\/(\d{1,4}))?$/.exec(item) ?? [];
  const [, first = '', last] = /^([a-z0-9*]+)(?:-([a-z0-9]+))?$/.exec(range) ?? [];
  const expected = `expected ${String(part.from)} to ${String(part.to)}, *, a list, a range or a step such as */${part.from === 0 ? '15' : '2'}, found ${quoted(item)}`;
  const every = first === '*' && last === undefined;
  const from = every ? part.from : valueOf(first, part);
  const to = every ? lastOf(part) : last === undefined ? null : valueOf(last, part);
  if (from === undefined || to === undefined || step === '0') return expected;
  const by = step === undefined ? 1 : Number(step);
  // As with every cron: 5/15 goes on to the end of the field.
  const until = to ?? (step === undefined ? from : lastOf(part));
  if (until < from) return `the range ${quoted(item)} ends before it begins`;
  const values: number[] = [];
  for (let value = from; value <= until; value += by) values.push(value);
  return values;
}

/** 7 is a second name of Sunday. */
function lastOf({ to, names }: Part): number {
  return names === WEEKDAYS ? 6 : to;
}

function valueOf(text: string, { from, to, names }: Part): number | undefined {
  const named = names.indexOf(text);
  if (named !== -1) return named + from;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= from && value <= to ? value : undefined;
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
