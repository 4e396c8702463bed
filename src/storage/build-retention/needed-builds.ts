import { type RawBuilder, sql } from 'kysely';
import { tagInUse } from '../../domain/retention/tag-use.js';
import type { Tx } from '../database.js';
import { readOwnTags } from '../retention/read-facts.js';

/** Rules for tags of a project that removes no images. */
const WITHOUT_POLICY = { protected_tags: ['v*'], expendable_tags: [] };

export interface OfProject {
  readonly tenantId: string;
  readonly projectId: string;
}

/**
 * `build_id, why`: builds of the tenant that something else still works with, in words. The record stays in any case, so what verifies an
 * image, retries a build or counts its day needs none of this; these would lose what somebody may be looking at right now.
 */
export function neededNow({ tenantId }: Pick<OfProject, 'tenantId'>): RawBuilder<unknown> {
  return sql`
    WITH live AS MATERIALIZED (
      SELECT b.id, coalesce(r.original_build_id, b.id) AS first, c.resume_build_id, b.what_if_of_build_id,
             (SELECT p.slug FROM projects p WHERE p.id = b.project_id) || '#' || b.build_number || ', which is not over' AS name
      FROM builds b JOIN build_results r ON r.build_id = b.id JOIN build_configs c ON c.build_id = b.id
      WHERE b.tenant_id = ${tenantId} AND b.completed_at IS NULL
    )
    SELECT r.build_id, 'it is of the chain of retries of ' || live.name AS why
      FROM live JOIN build_results r ON r.original_build_id = live.first
    UNION ALL SELECT first, 'it is of the chain of retries of ' || name FROM live WHERE first <> id
    UNION ALL SELECT resume_build_id, 'it is resumed by ' || name FROM live WHERE resume_build_id IS NOT NULL
    UNION ALL SELECT what_if_of_build_id, 'it is compared with ' || name FROM live WHERE what_if_of_build_id IS NOT NULL
    UNION ALL SELECT b.id, 'it can be retried with --from publish' FROM builds b
      WHERE b.tenant_id = ${tenantId} AND b.staging_kept_until > clock_timestamp()
    UNION ALL SELECT m.build_id, 'its move of the tag ' || m.tag || ' is open' FROM tag_moves m WHERE m.tenant_id = ${tenantId}
    UNION ALL SELECT a.build_id, 'its provenance is not signed yet' FROM build_attestations a
      WHERE a.tenant_id = ${tenantId} AND a.state = 'pending'
    UNION ALL SELECT u.build_id, 'what it left in ' || u.repository || ' is not tidied up yet' FROM publications u
      WHERE u.tenant_id = ${tenantId} AND u.tidy_due_at IS NOT NULL
    UNION ALL SELECT rebuilt.build_id, 'a move of ' || m.reference || ' is open, which builds it again'
      FROM base_image_moves m JOIN base_image_rebuilds n ON n.move_id = m.id
      CROSS JOIN LATERAL (VALUES (n.from_build_id), (n.build_id)) rebuilt (build_id)
      WHERE m.tenant_id = ${tenantId} AND m.move_status = 'open' AND rebuilt.build_id IS NOT NULL`;
}

/**
 * `build_id, why`: the newest build of each image of the project that other images of the tenant were made from which are not deleted; those of
 * what-ifs, which are there for a while, are none.
 */
export function basesInUse({ tenantId, projectId }: OfProject): RawBuilder<unknown> {
  return sql`
    SELECT DISTINCT i.last_build_id AS build_id,
           'the image of ' || (SELECT p.slug FROM projects p WHERE p.id = b.project_id) || '#' || b.build_number || ' was made from its image' AS why
    FROM build_base_images base JOIN builds b ON b.id = base.build_id JOIN images made ON made.id = b.image_id
    JOIN images part ON part.tenant_id = base.tenant_id AND part.manifest_digest = base.digest
    LEFT JOIN image_platforms platform ON platform.image_id = part.id
    JOIN images i ON i.id IN (part.id, platform.index_image_id)
    WHERE base.tenant_id = ${tenantId} AND b.what_if IS NULL AND base.is_base AND made.deleted_at IS NULL AND i.project_id = ${projectId}`;
}

/** Builds that have pointed a tag in use at what it points at, with which tag; see docs/retention.md for which tags are. */
export async function buildsOfTagsInUse(tx: Tx, { projectId }: OfProject): Promise<Map<string, string>> {
  const { retention } = await tx
    .selectFrom('projects')
    .select('retention')
    .where('id', '=', projectId)
    .executeTakeFirstOrThrow();
  const inUse = new Map<string, string>();
  for (const tag of await readOwnTags(tx, projectId)) {
    if (inUse.has(tag.buildId)) continue;
    const why = tagInUse(retention ?? WITHOUT_POLICY, [tag]);
    if (why !== null) inUse.set(tag.buildId, why);
  }
  return inUse;
}
