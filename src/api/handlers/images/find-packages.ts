import type { findPackages as operation } from '../../../contracts/inspection-operations.js';
import { parsePackageQuery } from '../../../domain/packages/package-query.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function findPackages(deps: Pick<ApiDeps, 'inspections'>): Handler<typeof operation> {
  return async ({ caller, query }) => {
    const { items, nextCursor, notCompared } = await deps.inspections.findPackages(
      caller,
      parsePackageQuery(query.package),
      { limit: query.limit, cursor: query.cursor ?? null },
    );
    return { status: 200, body: { items, next_cursor: nextCursor, not_compared: [...notCompared] } };
  };
}
