import type { listSlowSteps as operation } from '../../../contracts/stats-operations.js';
import type { Handler } from '../../call.js';
import { csvOf } from '../../csv.js';
import { askedRange, type StatsDeps } from './asked-range.js';

const COLUMNS = ['project', 'step_name', 'count', 'p50_milliseconds', 'p95_milliseconds'] as const;

export function listSlowSteps(deps: StatsDeps): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const { query: asked, zone } = await askedRange(deps, caller, query);
    const { builds, isWhole, items } = await deps.stats.slowSteps(caller, asked, query.limit);
    if (query.format === 'csv') return { status: 200, text: csvOf(COLUMNS, items) };
    const body = { time_zone: zone, ...asked.range, builds, is_whole: isWhole, items: [...items] };
    return { status: 200, body };
  };
}
