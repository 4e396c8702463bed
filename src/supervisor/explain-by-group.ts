import { formatResource, RESOURCES } from '../domain/builds/resources.js';
import type { RunFailure } from '../domain/builds/outcome.js';
import { ERRORS, type ErrorCode } from '../domain/errors.js';
import { namedLimit } from '../domain/limits/how-to-raise.js';
import type { RunEnd } from '../ports/engine.js';
import type { GroupEvents } from '../ports/run-groups.js';
import type { Machine } from './deps.js';
import type { Journal } from './journal.js';
import { groupLimits } from './run-group.js';

/** Failures that the end of a process may be the reason of. */
const BY_A_PROCESS: readonly ErrorCode[] = ['build_step_failed', 'engine_failed'];
const KILLED = 128 + 9;

/** Says what the control group knows of a run that has ended: that memory was the reason of its failure, and that it was short of processes. */
export function explainByGroup(
  journal: Journal,
  failure: RunFailure | null,
  events: GroupEvents | null,
  machine: Machine | undefined,
): { readonly failure: RunFailure | null; readonly notes: readonly string[] } {
  const notes =
    events?.reachedPids === true
      ? [
          `The build has had as many processes and threads as it may, ${journal.resources.pids}: programs could start no more. Give it more with --pids, within ${namedLimit('max_pids', journal.limits.max_pids)}.`,
        ]
      : [];
  if (failure === null || events === null || !BY_A_PROCESS.includes(failure.code)) return { failure, notes };
  if (!wasOutOfMemory(events, failure)) return { failure, notes };
  const given = groupLimits(journal, machine).memoryBytes;
  const instruction = failure.instruction === null ? 'The build' : shortened(failure.instruction);
  return {
    notes,
    failure: {
      ...failure,
      code: 'out_of_memory',
      retryable: ERRORS.out_of_memory.retryable,
      message: `${instruction} needed more memory than the build was given: ${formatResource('memory_bytes', given)}${whose(journal, given)}.`,
    },
  };
}

/** What happened in the group of a run, with what the runner knows of its end; null where nothing is known. */
export function eventsOf(events: GroupEvents | null, end: RunEnd | null): GroupEvents | null {
  if (end?.isOutOfMemory !== true) return events;
  const oomKills = Math.max(1, events?.oomKills ?? 0);
  return { oomKills, reachedMemory: true, reachedPids: events?.reachedPids ?? null };
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

function shortened(instruction: string): string {
  return instruction.length <= 120 ? instruction : `${instruction.slice(0, 117)}...`;
}
