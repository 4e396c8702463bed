/** What happens to a tick while a build of the same schedule waits or runs; named as Temporal does. */
export const OVERLAPS = ['skip', 'buffer_one', 'allow_all', 'cancel_other'] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** Why there is a tick: its time came, a person asked for a build now, or for those of times that have passed. */
export const TICK_KINDS = ['clock', 'run_now', 'backfill'] as const;
export type TickKind = (typeof TICK_KINDS)[number];

/**
 * `due`: to be looked at. `buffered`: waits for the build before it. `starting`: its build is being accepted. The others are the end:
 * with a build, or with the reason why there is none.
 */
export const TICK_STATUSES = ['due', 'buffered', 'starting', 'started', 'skipped', 'failed'] as const;
export type TickStatus = (typeof TICK_STATUSES)[number];

/** How many settled ticks of a schedule are kept. */
export const KEPT_TICKS = 100;
/** How many builds one backfill asks for at most. */
export const MAX_BACKFILL = 100;
/** How many schedules a project has at most. */
export const MAX_SCHEDULES = 100;

export const JITTER_SECONDS = { least: 0, most: 3600, standard: 0 } as const;
export const CATCHUP_SECONDS = { least: 60, most: 30 * 86_400, standard: 12 * 3600 } as const;

/** Why a tick is not run whose time passed too long ago. */
export function missedText(catchupSeconds: number): string {
  return `Kiln was not there at that time, nor within the catch-up window of ${spanText(catchupSeconds)} after it`;
}

/** `12h`, `90m` or `75s`. */
export function spanText(seconds: number): string {
  if (seconds % 3600 === 0 && seconds > 0) return `${String(seconds / 3600)}h`;
  return seconds % 60 === 0 && seconds > 0 ? `${String(seconds / 60)}m` : `${String(seconds)}s`;
}
