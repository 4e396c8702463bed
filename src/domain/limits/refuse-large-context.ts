import { KilnError } from '../errors.js';
import { formatBytes } from '../format-bytes.js';
import type { EffectiveLimit } from './effective-limits.js';
import { limitAndRemedy } from './how-to-raise.js';

const CONTEXT_LIMITS = ['context_max_bytes', 'context_max_entries'] as const;

/** Raises `source_too_large`, which names the limit and how to raise it, for a build context beyond the limits of a build. */
export function refuseLargeContext(
  { sizeBytes, entryCount }: { readonly sizeBytes: number; readonly entryCount: number },
  limits: Readonly<Record<(typeof CONTEXT_LIMITS)[number], EffectiveLimit>>,
): void {
  const counted = { context_max_bytes: sizeBytes, context_max_entries: entryCount };
  for (const name of CONTEXT_LIMITS) {
    const limit = limits[name];
    if (counted[name] <= limit.value) continue;
    const text = name === 'context_max_bytes' ? formatBytes(sizeBytes) : `${entryCount} entries`;
    throw new KilnError('source_too_large', {
      message: `The build context has ${text}: more than ${limitAndRemedy(name, limit)}`,
    });
  }
}
