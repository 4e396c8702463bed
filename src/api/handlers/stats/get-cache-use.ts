import type { CacheUse } from '../../../contracts/stats.js';
import type { getCacheUse as operation } from '../../../contracts/stats-operations.js';
import { percentOf } from '../../../domain/stats/performance.js';
import type { Handler } from '../../call.js';
import { csvOf } from '../../csv.js';
import { askedRange, type StatsDeps } from './asked-range.js';

const COLUMNS = [
  ...['project', 'steps', 'cached_steps', 'hit_rate_percent'],
  ...['layers', 'reused_layers', 'layer_reuse_percent'],
] as (keyof CacheUse['items'][number])[];

export function getCacheUse(deps: StatsDeps): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const { query: asked, zone } = await askedRange(deps, caller, query);
    const { builds, isCurrent, items: projects } = await deps.stats.cacheUse(caller, asked);
    const items = projects.map((one) => ({
      ...one,
      hit_rate_percent: percentOf(one.cached_steps, one.steps),
      layer_reuse_percent: percentOf(one.reused_layers, one.layers),
    }));
    if (query.format === 'csv') return { status: 200, text: csvOf(COLUMNS, items) };
    return { status: 200, body: { time_zone: zone, ...asked.range, builds, is_current: isCurrent, items } };
  };
}
