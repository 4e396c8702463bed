import { BUILD_STATUS } from '../../domain/builds/status.js';
import type { BuildStep, LogChunk } from '../../contracts/builds.js';
import { linesOf, type BuildState } from './build-state.js';
import { oneLine, stepTime } from './build-view.js';

/** What an appended (not repainted) progress says about a change: only what is new. */
export function changeLines(before: BuildState, after: BuildState, nowMs: number): string[] {
  return [...statusLines(before, after), ...after.steps.flatMap((step) => stepChange(before, step, nowMs))];
}

/** Log lines with the number of their step in front. */
export function logLines(chunk: LogChunk): string[] {
  const prefix = chunk.step_number === null ? '' : `#${chunk.step_number} `;
  return linesOf(chunk).map((line) => `${prefix}${line}`);
}

function statusLines(before: BuildState, after: BuildState): string[] {
  const { build } = after;
  if (build === null) return [];
  const name = `${build.project}#${build.build_number}`;
  const lines: string[] = [];
  if (before.build?.status !== build.status) lines.push(`${name} ${BUILD_STATUS[build.status].label}`);
  if ((before.build?.cancel_requested_at ?? null) === null && build.cancel_requested_at !== null) {
    if (!BUILD_STATUS[build.status].terminal) lines.push(`${name} cancelling`);
  }
  if (before.connected && !after.connected) lines.push(`${name} connection lost, trying again`);
  if (after.attempt > Math.max(1, before.attempt)) lines.push(`${name} attempt ${after.attempt}`);
  return lines;
}

function stepChange(before: BuildState, step: BuildStep, nowMs: number): string[] {
  const old =
    before.attempt === step.attempt
      ? before.steps.find((s) => s.step_number === step.step_number)
      : undefined;
  if (old?.status === step.status && old.cached === step.cached) return [];
  const name = `#${step.step_number} ${oneLine(step.step_name)}`;
  switch (step.status) {
    case 'pending':
      return [];
    case 'running':
      return [name];
    case 'success':
      return [`${name} ... ${step.cached ? 'CACHED' : stepTime(step, nowMs)}`.trimEnd()];
    case 'failed':
      return [`${name} ... FAILED${step.error_code === null ? '' : ` (exit code ${step.error_code})`}`];
    case 'skipped':
      return [`${name} ... skipped`];
  }
}
