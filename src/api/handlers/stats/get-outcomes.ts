import type { Outcomes } from '../../../contracts/stats.js';
import type { getOutcomes as operation } from '../../../contracts/stats-operations.js';
import { percentOf } from '../../../domain/stats/performance.js';
import type { Handler } from '../../call.js';
import { csvOf } from '../../csv.js';
import { askedRange, type StatsDeps } from './asked-range.js';

const COLUMNS = [
  ...['name', 'total_builds', 'successful', 'failed', 'cancelled', 'success_rate_percent'],
] as (keyof Outcomes['items'][number])[];

export function getOutcomes(deps: StatsDeps): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const { query: asked, zone } = await askedRange(deps, caller, query);
    const {
      builds,
      isCurrent,
      items: kinds,
    } = await deps.stats.outcomes(caller, asked, query.by, query.limit);
    const items = kinds.map((one) => ({
      ...one,
      success_rate_percent: percentOf(one.successful, one.successful + one.failed),
    }));
    if (query.format === 'csv') return { status: 200, text: csvOf(COLUMNS, items) };
    const body = { time_zone: zone, ...asked.range, builds, is_current: isCurrent, by: query.by, items };
    return { status: 200, body };
  };
}
