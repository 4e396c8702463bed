import { namedInstruction } from '../domain/builds/named-instruction.js';
import { formatResource, RESOURCES } from '../domain/builds/resources.js';
import type { RunFailure } from '../domain/builds/outcome.js';
import { ERRORS, type ErrorCode } from '../domain/errors.js';
import { namedLimit } from '../domain/limits/how-to-raise.js';
import type { RunEnd } from '../ports/engine.js';
import type { GroupEvents } from '../ports/run-groups.js';
import type { Machine } from './deps.js';
import type { Journal } from './journal.js';
import { groupLimits } from './run-group.js';

/**
 * Failures that a program may end with which was killed or could start no other. What a registry, a disk or a rule answered is no such
 * thing, whatever else happened in the group.
 */
const BY_A_PROCESS: readonly ErrorCode[] = [
  'build_step_failed',
  'engine_failed',
  'template_invalid',
  'buildpack_not_detected',
  'builder_invalid',
  'registry_unreachable',
  'registry_failed',
];
const KILLED = 128 + 9;
const GUESS = /(; 137 means that it)? was killed, most often for want of memory/;

/** What is known of a run that has ended. */
export interface EndedRun {
  readonly failure: RunFailure | null;
  readonly events: GroupEvents | null;
  /** How its first process ended; null where that is not known. */
  readonly end: RunEnd | null;
}

/** Says what the control group knows of a failed run: that memory or processes were short, or that somebody else has killed it. */
export function explainByGroup(
  journal: Journal,
  { failure, events, end }: EndedRun,
  machine: Machine | undefined,
): { readonly failure: RunFailure | null; readonly notes: readonly string[] } {
  const isShortOfProcesses = events?.reachedPids === true;
  const notes = isShortOfProcesses ? [`The build ${hadAllProcesses(journal)}`] : [];
  if (failure === null || !BY_A_PROCESS.includes(failure.code)) return { failure, notes };
  if (events !== null && wasOutOfMemory(events, failure))
    return { notes, failure: outOfMemory(failure, journal, machine) };
  if (isShortOfProcesses) return { notes: [], failure: shortOfProcesses(failure, journal) };
  return { notes, failure: killedFromOutside(failure, events, end) };
}

/** What happened in the group of a run, with what the runner knows of its end; null where nothing is known. */
export function eventsOf(events: GroupEvents | null, end: RunEnd | null): GroupEvents | null {
  if (end?.isOutOfMemory !== true) return events;
  const oomKills = Math.max(1, events?.oomKills ?? 0);
  return { oomKills, reachedMemory: true, reachedPids: events?.reachedPids ?? null };
}

function outOfMemory(failure: RunFailure, journal: Journal, machine: Machine | undefined): RunFailure {
  const given = groupLimits(journal, machine).memoryBytes;
  return withCode(
    failure,
    'out_of_memory',
    `${subjectOf(failure)} needed more memory than the build was given: ${formatResource('memory_bytes', given)}${whose(journal, given)}.`,
  );
}

function shortOfProcesses(failure: RunFailure, journal: Journal): RunFailure {
  return withCode(
    failure,
    'too_many_processes',
    `The build ${hadAllProcesses(journal)} It then failed so: ${failure.message}`,
  );
}

function hadAllProcesses({ limits, resources }: Journal): string {
  return `has had as many processes and threads as it may, ${resources.pids}: programs could start no more. Give it more with --pids, within ${namedLimit('max_pids', limits.max_pids)}.`;
}

/** A step that is killed may have done that itself; what builds it does not. */
function killedFromOutside(failure: RunFailure, events: GroupEvents | null, end: RunEnd | null): RunFailure {
  const isNotMemory = events?.oomKills === 0 || (events?.oomKills === null && events.reachedMemory === false);
  if (failure.code === 'build_step_failed') {
    if (!isNotMemory) return failure;
    const message = failure.message.replace(
      GUESS,
      (_, how?: string) => `${how ?? ''} was killed, and not for want of memory`,
    );
    return { ...failure, message };
  }
  const isKilled = end?.signal === 'SIGKILL' || end?.exitCode === KILLED || failure.exitCode === KILLED;
  if (!isKilled) return failure;
  const why = isNotMemory ? ', not for want of its memory' : '';
  return withCode(
    failure,
    'engine_failed',
    `The builder was killed from outside (SIGKILL)${why}, before the build was done. A retry may help.`,
  );
}

function withCode(failure: RunFailure, code: ErrorCode, message: string): RunFailure {
  return { ...failure, code, retryable: ERRORS[code].retryable, message };
}

/** Where the kernel does not tell whose a killed process was, the limit must have been met and the step killed. */
function wasOutOfMemory({ oomKills, reachedMemory }: GroupEvents, failure: RunFailure): boolean {
  if (oomKills !== null) return oomKills > 0;
  return reachedMemory === true && failure.exitCode === KILLED;
}

function whose({ asked, limits, resources }: Journal, given: number): string {
  if (given < resources.memory_bytes) return ', three quarters of what its build host has';
  const { called, limit } = RESOURCES.memory_bytes;
  if (asked.memory_bytes === undefined) return `, ${namedLimit(limit, limits[limit])}`;
  return ` by its setting ${called}, within ${namedLimit(limit, limits[limit])}`;
}

function subjectOf({ instruction }: RunFailure): string {
  if (instruction === null) return 'The build';
  return namedInstruction(instruction);
}
