import type { Period } from '../../../contracts/stats.js';
import type { getTrends as operation } from '../../../contracts/stats-operations.js';
import { periodsIn } from '../../../domain/stats/periods.js';
import { NOTHING_COUNTED, performanceOf, sumCounts } from '../../../domain/stats/performance.js';
import type { Handler } from '../../call.js';
import { csvOf } from '../../csv.js';
import { askedRange, type StatsDeps } from './asked-range.js';

const COLUMNS = ['from', 'until', ...Object.keys(performanceOf(NOTHING_COUNTED))] as (keyof Period)[];

export function getTrends(deps: StatsDeps): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const { query: asked, zone } = await askedRange(deps, caller, query, query.by);
    const periods = periodsIn(query.by, asked.range);
    const range = {
      from: periods[0]?.from ?? asked.range.from,
      until: periods.at(-1)?.until ?? asked.range.until,
    };
    const { days, isCurrent } = await deps.stats.days(caller, { ...asked, range });
    const items = periods.map((period) => {
      const within = days.filter(({ date }) => date >= period.from && date <= period.until);
      return { ...period, ...performanceOf(sumCounts(within)) };
    });
    if (query.format === 'csv') return { status: 200, text: csvOf(COLUMNS, items) };
    return { status: 200, body: { time_zone: zone, ...range, by: query.by, is_current: isCurrent, items } };
  };
}
