import { KilnError } from '../errors.js';
import { parseCron } from './cron.js';
import { type Clockwork, nextTicks } from './ticks.js';
import { clockAt, offsetAt, offsetText, readingText } from './zone.js';

/** A time at which a schedule runs. */
export interface Run {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** As the clock of its zone shows it: `2026-03-29 03:30 +02:00`. */
  readonly local: string;
}

/** The clockwork of an expression and a zone that were judged when they were stored. */
export function clockworkOf({
  cronExpression,
  timezone,
}: {
  readonly cronExpression: string;
  readonly timezone: string;
}): Clockwork {
  const times = parseCron(cronExpression);
  if ('trouble' in times)
    throw new KilnError('internal', { detail: `a stored cron expression cannot be read: ${times.trouble}` });
  return { times, timezone };
}

/** The next runs after a moment, without the jitter. */
export function nextRuns(clockwork: Clockwork, afterMs: number, count: number): Run[] {
  return nextTicks(clockwork, afterMs, count).map((tick) => ({
    at: new Date(tick).toISOString(),
    local: localText(clockwork.timezone, tick),
  }));
}

export function localText(zone: string, atMs: number): string {
  return `${readingText(clockAt(zone, atMs))} ${offsetText(offsetAt(zone, atMs))}`;
}
