/** Slot time that a tenant has used counts half after this long: who used much lately goes after who used little, and it is forgotten. */
export const SHARE_HALF_LIFE_MS = 600_000;
/** The least that a lease counts, so that many slots that become free at once are not all one tenant's. */
export const LEAST_CHARGE_MS = 1_000;

/** Slot time that a tenant has used before, as it counted at a moment. Milliseconds. */
export interface UsedShare {
  readonly usedMs: number;
  readonly asOfMs: number;
}

/** What a lease counts that was given `elapsedMs` ago and has not ended, or ends now. Its older part counts less already. */
export function chargeOf(elapsedMs: number): number {
  const faded = (SHARE_HALF_LIFE_MS / Math.LN2) * (1 - remaining(Math.max(0, elapsedMs)));
  return Math.max(LEAST_CHARGE_MS, faded);
}

/** What counts of it now. */
export function usedNow({ usedMs, asOfMs }: UsedShare, nowMs: number): number {
  return usedMs * remaining(Math.max(0, nowMs - asOfMs));
}

function remaining(forMs: number): number {
  return 2 ** -(forMs / SHARE_HALF_LIFE_MS);
}
