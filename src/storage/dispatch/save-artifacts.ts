import { sql } from 'kysely';
import type { KeptArtifact } from '../../domain/builds/artifact.js';
import type { RetentionPolicy } from '../../domain/builds/retention-policy.js';
import type { Settings } from '../../domain/builds/settings.js';
import { KilnError } from '../../domain/errors.js';
import { LIMITS } from '../../domain/limits/limit-table.js';
import type { LeaseHolder } from '../../ports/dispatch.js';
import type { Tx } from '../database.js';

/**
 * Writes what was kept to an attempt that ends in the same transaction, and so once. `conflict` when the bytes of one are not stored: they
 * are to be sent again. An expiry that runs meanwhile sees that they are needed now.
 */
export async function saveArtifacts(
  tx: Tx,
  { tenantId, buildId, attempt }: LeaseHolder,
  artifacts: readonly KeptArtifact[],
): Promise<void> {
  if (artifacts.length === 0) return;
  const { rows } = await sql<{ sha256: string; size_bytes: number }>`
    UPDATE contents SET last_needed_at = now() WHERE sha256 IN (
      SELECT sha256 FROM contents WHERE sha256 = ANY(${artifacts.map(({ sha256 }) => sha256)}::char(64)[])
        AND stored_at IS NOT NULL ORDER BY sha256 FOR UPDATE)
    RETURNING sha256, size_bytes`.execute(tx);
  const stored = new Map(rows.map((row) => [row.sha256, row.size_bytes]));
  const missing = artifacts.filter(({ sha256, sizeBytes }) => stored.get(sha256) !== sizeBytes);
  if (missing.length > 0) {
    throw new KilnError('conflict', {
      fields: missing.map(({ sha256 }) => ({ field: `artifacts.${sha256}`, message: 'is not stored' })),
    });
  }
  const { retentionOf, expiresAt } = await readRetention(tx, buildId);
  await tx
    .insertInto('build_artifacts')
    .values(
      artifacts.map((artifact) => ({
        tenant_id: tenantId,
        build_id: buildId,
        attempt,
        artifact_type: artifact.type,
        artifact_name: artifact.name,
        artifact_location: `contents/${artifact.sha256}`,
        media_type: artifact.mediaType,
        artifact_size_bytes: artifact.sizeBytes,
        sha256_digest: artifact.sha256,
        retention_policy: retentionOf(artifact),
        expires_at: expiresAt,
      })),
    )
    .execute();
}

/** What the build's settings, as they are recorded, say of each artifact, and when the limit of the build ends all of them. */
async function readRetention(tx: Tx, buildId: string) {
  const config = await tx
    .selectFrom('build_configs')
    .select(['metadata', 'limits'])
    .where('build_id', '=', buildId)
    .executeTakeFirstOrThrow();
  const { artifacts, tests } = (config.metadata ?? {}) as Pick<Settings, 'artifacts' | 'tests'>;
  const named = new Map(artifacts?.map(({ name, retention }) => [name, retention]));
  const days = config.limits?.artifact_keep_days?.value ?? LIMITS.artifact_keep_days.ceiling;
  return {
    retentionOf: ({ type, name }: KeptArtifact): RetentionPolicy =>
      (type === 'test_report' ? tests?.retention : named.get(name)) ?? 'permanent',
    expiresAt:
      days < LIMITS.artifact_keep_days.ceiling ? sql<Date>`now() + make_interval(days => ${days})` : null,
  };
}
