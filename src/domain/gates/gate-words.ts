import type { GateDecision } from './gate-status.js';

/** A moment for people, to the minute: `2026-11-29 14:03 UTC`. */
export function formatMoment(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Why a held build waits, who may let it go on, and until when. `notBy`: the token that may not approve; null when any may. */
export function heldReason(held: {
  readonly since: Date;
  readonly until: Date;
  readonly notBy: string | null;
}): string {
  const who = held.notBy === null ? 'any token may' : `any token but ${held.notBy}, which started it, may`;
  return `waits for approval since ${formatMoment(held.since)}; ${who} approve it until ${formatMoment(held.until)}`;
}

/** For the status history. */
export function holdWords(findings: readonly string[]): string {
  return findings.length === 0 ? 'held for approval' : `held for approval: ${findings.join('; ')}`;
}

/** `approved by admin (token ci): looks good`, for the status history and for whoever comes later. */
export function decisionWords(decision: GateDecision, by: string, why: string | null): string {
  return `${decision} by ${by}${why === null ? '' : `: ${why}`}`;
}

/** Who decided, by user and token. */
export function deciderName(user: string | null, token: string | null): string {
  if (user === null) return token === null ? 'somebody' : `token ${token}`;
  return token === null ? user : `${user} (token ${token})`;
}
