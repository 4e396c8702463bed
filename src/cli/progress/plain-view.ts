import { BUILD_STATUS } from '../../domain/builds/status.js';
import type { LogChunk } from '../../contracts/builds.js';
import { decisionText, heldLines, isHeld } from './held-build.js';
import type { Publication } from '../../contracts/publications.js';
import { waitText } from './queue-place.js';
import { publicationText } from './publication-view.js';
import { linesOf, type BuildState } from './build-state.js';

/** What an appended (not repainted) progress says about a change of the build. Steps speak for themselves in the log. */
export function changeLines(before: BuildState, after: BuildState, nowMs: number = Date.now()): string[] {
  const { build } = after;
  if (build === null) return [];
  const name = `${build.project}#${build.build_number}`;
  const lines: string[] = [];
  const wasHeld = before.build !== null && isHeld(before.build);
  if (isHeld(build)) {
    if (!wasHeld) lines.push(`${name} held: ${build.queue_reason ?? ''}`, ...heldLines(build));
  } else if (before.build?.status !== build.status) {
    lines.push(`${name} ${BUILD_STATUS[build.status].label}`);
  }
  if (after.place !== null && after.place.reason !== before.place?.reason)
    lines.push(`${name} waits: ${waitText(after.place, nowMs)}`);
  const decision = decisionText(build);
  if (decision !== null && wasHeld) lines.push(`${name} ${decision}`);
  if ((before.build?.cancel_requested_at ?? null) === null && build.cancel_requested_at !== null) {
    if (!BUILD_STATUS[build.status].terminal) lines.push(`${name} cancelling`);
  }
  if (before.connected && !after.connected) lines.push(`${name} connection lost, trying again`);
  if (after.attempt > Math.max(1, before.attempt)) lines.push(`${name} attempt ${after.attempt}`);
  lines.push(...publicationLines(before.publications, after.publications).map((line) => `${name} ${line}`));
  return lines;
}

/** What is new of publications: that a copy began, waits for something else, or ended; not each of its bytes. */
export function publicationLines(before: readonly Publication[], after: readonly Publication[]): string[] {
  return after.flatMap((now) => {
    const then = before.find(({ repository }) => repository === now.repository);
    if (then?.status === now.status && then.waiting_reason === now.waiting_reason) return [];
    return [`push to ${now.repository}: ${publicationText(now)}`];
  });
}

/** Log lines with the number of their step in front, where they do not begin with it themselves. */
export function logLines(chunk: LogChunk): string[] {
  const prefix = chunk.step_number === null ? '' : `#${chunk.step_number} `;
  return linesOf(chunk).map((line) => (line.startsWith(prefix) ? line : `${prefix}${line}`));
}
