import { destinationsOf } from '../../domain/builds/destinations.js';
import { KilnError } from '../../domain/errors.js';
import type { LeaseHolder, RunSpec, SettledConfig } from '../../ports/dispatch.js';
import type { StoredConfig } from '../../ports/records.js';
import { toAllOptionColumns } from '../builds/build-config.js';
import { needsNow } from '../builds/needs-now.js';
import { readConfig } from '../builds/read-config.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { notifyBuild } from '../notify.js';
import { putOutbox } from '../outbox-row.js';
import { toJson } from '../storable.js';
import { holdLease } from './hold-lease.js';
import { readRunSpec } from './run-spec.js';

/** The settings of the lease's build; conflict unless its source is a git repository. */
export async function gitConfig(db: Database, holder: LeaseHolder, fence: number): Promise<StoredConfig> {
  return inTenant(db, holder.tenantId, async (tx) => {
    await holdLease(tx, holder, fence);
    await requireGit(tx, holder);
    return readConfig(tx, holder.buildId);
  });
}

/**
 * Writes what came out with the build file. The same again changes nothing. The workflow counts the time of the build: it is told by the
 * doorbell that a deadline may be another.
 */
export async function recordConfig(
  db: Database,
  holder: LeaseHolder,
  fence: number,
  config: SettledConfig,
): Promise<RunSpec> {
  return inTenant(db, holder.tenantId, async (tx) => {
    await holdLease(tx, holder, fence);
    await requireGit(tx, holder);
    const before = await readConfig(tx, holder.buildId);
    const { dockerfile_inline: _inline, ...columns } = toAllOptionColumns({ ...config.options });
    await tx
      .updateTable('build_configs')
      .set({
        ...columns,
        build_timeout_milliseconds: config.buildTimeoutMs,
        resources: toJson(config.resources),
        setting_layers: toJson(config.layers),
      })
      .where('build_id', '=', holder.buildId)
      .execute();
    const project = { destinations: [], imageRepository: before.imageRepository };
    await tx
      .updateTable('builds')
      .set({
        destinations: toJson(destinationsOf(config.destinations, project, before.buildNumber)),
        needs: toJson(await needsNow(tx, holder.tenantId, { ...config, method: before.method })),
      })
      .where('id', '=', holder.buildId)
      .execute();
    if (before.buildTimeoutMs !== config.buildTimeoutMs) {
      await putOutbox(tx, holder.tenantId, { kind: 'lease_granted', buildId: holder.buildId });
    }
    await notifyBuild(tx, holder.buildId);
    return readRunSpec(tx, holder);
  });
}

async function requireGit(tx: Tx, { buildId }: LeaseHolder): Promise<void> {
  const { kind } = await tx
    .selectFrom('build_configs')
    .select('source_kind as kind')
    .where('build_id', '=', buildId)
    .executeTakeFirstOrThrow();
  if (kind === 'git') return;
  throw new KilnError('conflict', { message: 'The source of this build is no git repository.' });
}
