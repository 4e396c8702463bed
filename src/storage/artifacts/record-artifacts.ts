import { sql } from 'kysely';
import type { Tx } from '../database.js';
import type { LockedBuild } from '../dispatch/lock-build.js';
import { splitDestination } from '../../domain/builds/staging.js';

/** The name of the log of a build among its artifacts. */
const LOG_NAME = 'build.log';

/**
 * What every build has: the newest sealed log, and of a success its image in each repository, under
 * the first of its tags there. Rows alone, in the transaction
 * that ends the build: the bytes stay where they are, the log in `build_logs`, the image in its registry. Needs the build's lock, and
 * its logs sealed.
 */
export async function recordArtifacts(
  tx: Tx,
  build: LockedBuild,
  image: { readonly id: string; readonly digest: string } | undefined,
): Promise<void> {
  const names = new Map<string, string>();
  for (const destination of image === undefined ? [] : build.destinations) {
    const { repository } = splitDestination(destination);
    if (!names.has(repository)) names.set(repository, destination);
  }
  const locations = [...names.keys()].map((repository) => `${repository}@${image?.digest ?? ''}`);
  await sql`
    INSERT INTO build_artifacts (tenant_id, build_id, image_id, artifact_type, artifact_name, media_type, artifact_location,
                                 artifact_size_bytes, sha256_digest)
    SELECT m.tenant_id, ${build.id}, m.image_id, 'docker_image', d.name,
           coalesce(m.manifest_media_type, 'application/vnd.oci.image.manifest.v1+json'), d.location,
           m.compressed_size_bytes, split_part(m.docker_manifest_digest, ':', 2)
    FROM unnest(${[...names.values()]}::text[], ${locations}::text[]) d (name, location)
    JOIN image_metadata m ON m.image_id = ${image?.id ?? null}
    WHERE m.docker_manifest_digest LIKE 'sha256:%'
    UNION ALL
    (SELECT a.tenant_id, a.build_id, ${image?.id ?? null}::uuid, 'build_log', ${LOG_NAME}, 'text/plain',
            'log/' || a.build_id || '/' || a.attempt, a.log_bytes, a.log_sha256
     FROM attempts a WHERE a.build_id = ${build.id} AND a.log_sha256 IS NOT NULL AND a.log_bytes > 0
     ORDER BY a.attempt DESC LIMIT 1)
    ON CONFLICT DO NOTHING`.execute(tx);
}
