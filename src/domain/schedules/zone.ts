const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** The clock of a zone by its IANA name; throws RangeError for a name that there is not. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, format);
  return format;
}

export const ZONE_EXAMPLE = 'expected an IANA time zone such as `Europe/Berlin` or `UTC`';

/**
 * A name as the database of time zones writes it, which Temporal reads by the letter: `UTC`, `Area/Place`, also of three parts; four capitals in a row it has
 * nowhere (`US/PACIFIC`).
 */
const WRITTEN = /^(?!.*[A-Z]{4})(?:UTC|GMT|[A-Z][A-Za-z]*(?:\/[A-Z][A-Za-z0-9_+-]*){1,2})$/;

/**
 * Whether there is such a zone. Offsets such as `+02:00` are none: they know no daylight saving, and Temporal does not take them. Neither are
 * abbreviations (`PST`) and other capitals (`europe/berlin`), which JavaScript understands and Temporal does not.
 */
export function isZone(name: string): boolean {
  if (!WRITTEN.test(name)) return false;
  try {
    const known = formatOf(name).resolvedOptions().timeZone;
    // Of another name for the same zone only the pattern judges the capitals.
    return known === name || known.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}

/** What the clock of a zone shows at a moment, as if it were UTC: milliseconds of that reading. */
export function clockAt(zone: string, atMs: number): number {
  const seconds = Math.floor(atMs / 1000) * 1000;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(seconds)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (atMs - seconds);
}

/** When the clock of a zone shows a reading (milliseconds as of UTC). */
export interface Moments {
  /** None where the clock is set forward over it, two where it is set back behind it; in ascending order. */
  readonly at: readonly number[];
  /** Where it is never shown: as long after the change as it would have been without it. Null elsewhere. */
  readonly moved: number | null;
}

export function momentsOf(zone: string, reading: number): Moments {
  // No zone changes twice within two days, or by more than a day.
  const before = offsetAt(zone, reading - DAY_MS);
  const after = offsetAt(zone, reading + DAY_MS);
  const candidates = [...new Set([reading - before, reading - after])];
  const at = candidates.filter((moment) => clockAt(zone, moment) === reading).sort((a, b) => a - b);
  return { at, moved: at.length === 0 ? reading - before : null };
}

/** Milliseconds that the clock of a zone is ahead of UTC. */
export function offsetAt(zone: string, atMs: number): number {
  return clockAt(zone, atMs) - atMs;
}

/** A reading as `2026-03-29 02:30`. */
export function readingText(reading: number): string {
  return new Date(reading).toISOString().slice(0, 16).replace('T', ' ');
}

/** `+02:00` or `-09:30` of milliseconds. */
export function offsetText(offsetMs: number): string {
  const minutes = Math.abs(Math.round(offsetMs / MINUTE_MS));
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}
