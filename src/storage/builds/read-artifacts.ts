import type { BuildArtifact } from '../../contracts/builds.js';
import type { Tx } from '../database.js';

/** What the newest attempt has kept that kept anything, by name. */
export async function readArtifacts(tx: Tx, buildId: string): Promise<BuildArtifact[]> {
  const rows = await tx
    .selectFrom('build_artifacts as a')
    .innerJoin('contents as c', (join) =>
      join.onRef('c.tenant_id', '=', 'a.tenant_id').onRef('c.sha256', '=', 'a.sha256_digest'),
    )
    .select([
      'a.artifact_name',
      'a.artifact_type',
      'a.media_type',
      'a.artifact_size_bytes',
      'a.sha256_digest',
      'a.attempt',
      'a.created_at',
      'c.stored_at',
    ])
    .where('a.build_id', '=', buildId)
    .where('a.attempt', '=', ({ selectFrom }) =>
      selectFrom('build_artifacts as n')
        .select(({ fn }) => fn.max('n.attempt').as('newest'))
        .where('n.build_id', '=', buildId),
    )
    .orderBy('a.artifact_name')
    .execute();
  return rows.map(({ stored_at: storedAt, created_at: createdAt, ...artifact }) => ({
    ...artifact,
    is_available: storedAt !== null,
    created_at: createdAt.toISOString(),
  }));
}
