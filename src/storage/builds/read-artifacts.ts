import { sql } from 'kysely';
import type { BuildArtifact } from '../../contracts/artifacts.js';
import type { Tx } from '../database.js';

type Row = Omit<BuildArtifact, 'created_at' | 'expires_at'> & { created_at: Date; expires_at: Date | null };

/**
 * What a build has, by name: what was made of it and, once for all projects of its tenant, of its image, and what the newest attempt has kept that kept anything. Of what was
 * made again, the newest.
 */
export async function readArtifacts(tx: Tx, buildId: string): Promise<BuildArtifact[]> {
  const { rows } = await sql<Row>`
    SELECT DISTINCT ON (a.artifact_name, a.artifact_type)
      a.artifact_name, a.artifact_type, a.media_type, a.artifact_location, a.artifact_size_bytes, a.sha256_digest,
      a.attempt, a.retention_policy, a.expires_at, a.created_at,
      a.is_available AND CASE WHEN a.artifact_type = 'docker_image' THEN i.deleted_at IS NULL
        WHEN a.artifact_location LIKE 'log/%' THEN to_regclass('public.build_logs_' || to_char(b.build_day, 'YYYYMMDD')) IS NOT NULL
        ELSE c.stored_at IS NOT NULL END AS is_available
    FROM builds b
    CROSS JOIN LATERAL (
      SELECT * FROM build_artifacts WHERE build_id = b.id
      UNION ALL SELECT of_image.* FROM images own JOIN images i USING (tenant_id, manifest_digest)
        JOIN build_artifacts of_image ON of_image.image_id = i.id AND of_image.build_id IS NULL
        WHERE own.id = b.image_id) a
    LEFT JOIN contents c ON c.tenant_id = a.tenant_id AND c.sha256 = a.content_sha256
    LEFT JOIN images i ON i.id = a.image_id
    WHERE b.id = ${buildId} AND (a.attempt IS NULL OR a.attempt =
      (SELECT max(n.attempt) FROM build_artifacts n WHERE n.build_id = b.id))
    ORDER BY a.artifact_name, a.artifact_type, a.is_available DESC, a.created_at DESC, a.id`.execute(tx);
  return rows.map(({ created_at: createdAt, expires_at: expiresAt, ...artifact }) => ({
    ...artifact,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
  }));
}
