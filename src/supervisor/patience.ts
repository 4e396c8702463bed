import type { RunDeps } from './deps.js';
import type { Patience } from './keep-trying.js';

/** How a run repeats its calls until the signal fires. */
export function patience(deps: Pick<RunDeps, 'limits'>, signal: AbortSignal): Patience {
  return { firstMs: deps.limits.retryFirstMs, maxMs: deps.limits.retryMaxMs, signal };
}
