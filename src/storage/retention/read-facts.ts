import { sql } from 'kysely';
import { splitDestination } from '../../domain/builds/staging.js';
import type { PublishedImage, RetentionFacts } from '../../domain/retention/plan-retention.js';
import type { PointingTag } from '../../domain/retention/tag-use.js';
import type { Tx } from '../database.js';

/** A tag of a repository that a build of the project has moved last. */
export interface OwnTag extends PointingTag {
  readonly digest: string;
  readonly buildId: string;
}

/** An image of the project with what its removal needs. */
export interface StoredImage extends PublishedImage {
  readonly lastBuiltAt: Date;
  /** Where builds have published it and no prune has removed it since. */
  readonly repositories: readonly string[];
  readonly tags: readonly OwnTag[];
}

export interface StoredFacts extends RetentionFacts {
  readonly images: readonly StoredImage[];
}

/** What the retention of a project is decided on, as the transaction sees it: as the api, of its tenant; as the controller, of all. */
export async function readFacts(
  tx: Tx,
  { tenantId, projectId }: { readonly tenantId: string; readonly projectId: string },
): Promise<StoredFacts> {
  const rows = await readImages(tx, projectId);
  const tags = await readOwnTags(tx, projectId);
  const children = await readChildren(tx, projectId);
  const images = rows.map(({ id, digest, lastBuiltAt, builds, removals }): StoredImage => ({
    id,
    digest,
    lastBuiltAt,
    children: children.get(id) ?? [],
    branches: builds.map(({ branch, at }) => ({ branch, publishedAt: new Date(at) })),
    tags: tags.filter((tag) => tag.digest === digest),
    repositories: repositoriesOf(builds, removals),
  }));
  return { images, needed: await readNeeded(tx), bases: await readBases(tx, tenantId) };
}

interface BuildOfImage {
  readonly branch: string | null;
  readonly at: string;
  readonly destinations: readonly string[];
}
interface Removal {
  readonly repository: string;
  readonly at: string;
}

/** A removal counts only against publications before it. */
function repositoriesOf(builds: readonly BuildOfImage[], removals: readonly Removal[]): string[] {
  const left = builds.flatMap(({ destinations, at }) =>
    destinations
      .map((destination) => splitDestination(destination).repository)
      .filter(
        (repository) =>
          !removals.some((one) => one.repository === repository && Date.parse(one.at) > Date.parse(at)),
      ),
  );
  return [...new Set(left)].sort();
}

async function readImages(tx: Tx, projectId: string) {
  const { rows } = await sql<{
    id: string;
    digest: string;
    lastBuiltAt: Date;
    builds: BuildOfImage[];
    removals: Removal[];
  }>`
    SELECT i.id, i.manifest_digest AS digest, i.last_built_at AS "lastBuiltAt",
           jsonb_agg(jsonb_build_object('branch', b.branch, 'at', b.completed_at, 'destinations', b.tags_moved)) AS builds,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('repository', r.repository, 'at', r.removed_at)), '[]')
            FROM image_removals r WHERE r.image_id = i.id) AS removals
    FROM images i JOIN builds b ON b.image_id = i.id AND b.what_if IS NULL
    WHERE i.project_id = ${projectId} AND i.deleted_at IS NULL
    GROUP BY i.id ORDER BY i.last_built_at, i.id`.execute(tx);
  return rows;
}

/** The tags that builds of the project have moved last. */
export async function readOwnTags(tx: Tx, projectId: string): Promise<OwnTag[]> {
  const { rows } = await sql<OwnTag>`
    SELECT t.repository, t.tag, t.manifest_digest AS digest, b.id AS "buildId", b.build_number AS "buildNumber", b.git_commit AS commit, b.destinations
    FROM image_tags t JOIN builds b ON b.id = t.build_id WHERE b.project_id = ${projectId}`.execute(tx);
  return rows;
}

async function readChildren(tx: Tx, projectId: string): Promise<Map<string, string[]>> {
  const rows = await tx
    .selectFrom('image_platforms as p')
    .innerJoin('images as child', 'child.id', 'p.image_id')
    .select(['p.index_image_id as id', 'child.manifest_digest as digest'])
    .where('child.project_id', '=', projectId)
    .execute();
  const children = new Map<string, string[]>();
  for (const { id, digest } of rows) children.set(id, [...(children.get(id) ?? []), digest]);
  return children;
}

/**
 * Staged images of builds that are not over, and of those that can be retried from there, or are; and what a tag may have to be pointed at
 * again whose move was left open. Each with what needs it, in words.
 */
async function readNeeded(tx: Tx): Promise<Map<string, string>> {
  const { rows } = await sql<{ digest: string; why: string }>`
    WITH live AS (
      SELECT b.id, ${buildName} || ' needs it, which is not over' AS why
        FROM builds b WHERE b.completed_at IS NULL
      UNION ALL SELECT b.id, ${buildName} || ' can be retried with --from publish, which needs it'
        FROM builds b WHERE b.staging_kept_until > clock_timestamp()
      UNION ALL SELECT c.resume_build_id, ${buildName} || ' needs it, which is not over'
        FROM build_configs c JOIN builds b ON b.id = c.build_id
        WHERE c.resume_build_id IS NOT NULL AND b.completed_at IS NULL
    ), staged AS (
      SELECT a.outcome -> 'image' AS image, live.why FROM attempts a JOIN live ON live.id = a.build_id
      WHERE a.outcome ->> 'result' = 'succeeded'
    )
    SELECT image ->> 'manifestDigest' AS digest, why FROM staged
    UNION SELECT child ->> 'manifestDigest', why
      FROM staged, jsonb_array_elements(coalesce(image -> 'platformImages', '[]')) child
    UNION SELECT t.manifest_digest, 'a move of the tag ' || m.tag || ' is open, which may need it'
      FROM tag_moves m JOIN image_tags t
      ON t.tenant_id = m.tenant_id AND t.repository = m.repository AND t.tag = m.tag`.execute(tx);
  return new Map(rows.map(({ digest, why }) => [digest, why]));
}

/** Of the row `b` of builds. */
const buildName = sql<string>`(SELECT p.slug FROM projects p WHERE p.id = b.project_id) || '#' || b.build_number`;

/** What images of the tenant stand on that are not deleted, by the record of their builds. */
async function readBases(tx: Tx, tenantId: string): Promise<Map<string, string>> {
  const { rows } = await sql<{ digest: string; build: string }>`
    SELECT DISTINCT ON (base.digest) base.digest, ${buildName} AS build
    FROM build_base_images base JOIN builds b ON b.id = base.build_id JOIN images i ON i.id = b.image_id
    WHERE base.tenant_id = ${tenantId} AND b.what_if IS NULL AND base.is_base AND base.digest IS NOT NULL AND i.deleted_at IS NULL
    ORDER BY base.digest, b.created_at DESC`.execute(tx);
  return new Map(rows.map(({ digest, build }) => [digest, `the image of ${build} was made from it`]));
}
