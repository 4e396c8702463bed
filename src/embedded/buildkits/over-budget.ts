/** The cache of one BuildKit. */
export interface CacheOf {
  readonly key: string;
  readonly sizeBytes: number;
  readonly usedAtMs: number;
  readonly isLive: boolean;
}

/** What to take to bring caches down: remove those of stopped BuildKits, shrink those of live ones to so many bytes. */
export type Reduction =
  | { readonly kind: 'remove'; readonly key: string }
  | { readonly kind: 'shrink'; readonly key: string; readonly sizeBytes: number };

/** What keeps all caches together within their budget. The cache that was used longest ago gives first, a stopped one the whole of it. */
export function overBudget(caches: readonly CacheOf[], budgetBytes: number): Reduction[] {
  let overBytes = caches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) - budgetBytes;
  const reductions: Reduction[] = [];
  for (const { key, sizeBytes, isLive } of oldestFirst(caches)) {
    if (overBytes <= 0) break;
    if (sizeBytes === 0) continue;
    const left = isLive ? Math.max(0, sizeBytes - overBytes) : 0;
    reductions.push(isLive ? { kind: 'shrink', key, sizeBytes: left } : { kind: 'remove', key });
    overBytes -= sizeBytes - left;
  }
  return reductions;
}

export function oldestFirst<T extends Pick<CacheOf, 'usedAtMs'>>(caches: readonly T[]): T[] {
  return [...caches].sort((left, right) => left.usedAtMs - right.usedAtMs);
}
