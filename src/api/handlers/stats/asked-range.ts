import { KilnError } from '../../../domain/errors.js';
import { dayOf } from '../../../domain/stats/local-days.js';
import { type DayRange, type PeriodKind, rangeTrouble, usualRange } from '../../../domain/stats/periods.js';
import type { StatsQuery } from '../../../ports/stats.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { ApiDeps } from '../../deps.js';

/** What the handlers of statistics need. */
export type StatsDeps = Pick<ApiDeps, 'projects' | 'stats' | 'tenants'>;

interface Asked {
  readonly project?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/** The days that were asked for, of which project, and what the answer says of them. */
export async function askedRange(
  { projects, tenants }: StatsDeps,
  caller: TenantContext,
  { project, from, until }: Asked,
  kind: PeriodKind = 'day',
): Promise<{ query: StatsQuery; zone: string }> {
  const found = project === undefined ? null : await projects.get(caller, project);
  const { timeZone: zone } = await tenants.get(caller);
  const last = until ?? dayOf(zone, Date.now());
  const range: DayRange = { from: from ?? usualRange(kind, last).from, until: last };
  const trouble = rangeTrouble(range);
  if (trouble !== null) throw new KilnError('invalid_request', { fields: [trouble] });
  return { query: { range, projectId: found?.id ?? null }, zone };
}
