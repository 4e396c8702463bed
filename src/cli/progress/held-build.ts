import type { Build } from '../../contracts/builds.js';
import { formatMoment } from '../../domain/gates/gate-words.js';
import { stripEscapes } from '../terminal/escapes.js';

/** Whether a build waits at its gate for somebody to decide. */
export function isHeld({ status, gate, cancel_requested_at: cancelled }: Build): boolean {
  return status === 'queued' && gate?.status === 'held' && cancelled === null;
}

/** What a held build waits for, what was found in its image, and the commands that decide. */
export function heldLines(build: Build): string[] {
  const name = `${build.project}#${build.build_number}`;
  return [
    ...(build.gate?.findings ?? []).map((finding) => `  found: ${stripEscapes(finding)}`),
    `  kiln approve ${name}`,
    `  kiln reject ${name} --why TEXT`,
  ];
}

/** `held until 2026-11-30 14:03 UTC`, for where there is room for one line only. */
export function heldUntil({ gate }: Build): string {
  return gate?.expires_at == null ? 'held' : `held until ${formatMoment(new Date(gate.expires_at))}`;
}

/** `approved by admin (token ci): looks good`; null where no person has decided. */
export function decisionText({ gate }: Build): string | null {
  if (gate?.decided_by == null) return null;
  return stripEscapes(`${gate.status} by ${gate.decided_by}${gate.why === null ? '' : `: ${gate.why}`}`);
}
