import { type RawBuilder, sql } from 'kysely';
import {
  BUILD_RETENTION_NAMES,
  type BuildRetention,
  effectiveBuildRetention,
} from '../../domain/retention/build-retention.js';
import type { BuildRetentionLayers } from '../../ports/build-retention.js';
import type { Tx } from '../database.js';

const NOTHING: BuildRetention = { keep_builds: null, older_than_days: null, log_days: null };

/** The rules of a project, or of its tenant for null. */
export async function readRetention(
  tx: Tx,
  of: { readonly tenantId: string; readonly projectId: string | null },
  installationLogDays: number | null,
): Promise<BuildRetentionLayers> {
  const rows = await tx
    .selectFrom('build_retentions')
    .select(['project_id', ...BUILD_RETENTION_NAMES])
    .where('tenant_id', '=', of.tenantId)
    .where(({ or, eb }) => or([eb('project_id', 'is', null), eb('project_id', '=', of.projectId)]))
    .execute();
  const ofPlace = (id: string | null): BuildRetention | null => {
    const row = rows.find((one) => one.project_id === id);
    if (row === undefined) return null;
    const { keep_builds, older_than_days, log_days } = row;
    return { keep_builds, older_than_days, log_days };
  };
  const tenant = ofPlace(null);
  const project = of.projectId === null ? null : ofPlace(of.projectId);
  return {
    set_here: (of.projectId === null ? tenant : project) ?? NOTHING,
    effective: effectiveBuildRetention({ project, tenant, installationLogDays }),
  };
}

/** The same rule of the row `p` of projects, in SQL; null where nobody sets it. */
export function ruleOf(rule: keyof BuildRetention): RawBuilder<number | null> {
  const column = sql.ref(rule);
  return sql`coalesce(
    (SELECT ${column} FROM build_retentions own WHERE own.tenant_id = p.tenant_id AND own.project_id = p.id),
    (SELECT ${column} FROM build_retentions whole WHERE whole.tenant_id = p.tenant_id AND whole.project_id IS NULL))`;
}
