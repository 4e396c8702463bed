import { sql } from 'kysely';
import { splitDestination } from '../../domain/builds/staging.js';
import type { PublishedImage, RetentionFacts } from '../../domain/retention/plan-retention.js';
import type { Tx } from '../database.js';

/** A tag of a repository that a build of the project has moved last. */
export interface OwnTag {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** An image of the project with what its removal needs. */
export interface StoredImage extends PublishedImage {
  readonly lastBuiltAt: Date;
  /** Where builds have published it and no prune has removed it since. */
  readonly repositories: readonly string[];
  readonly ownTags: readonly OwnTag[];
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
  const images = rows.map(({ id, digest, lastBuiltAt, builds, removals }): StoredImage => {
    const ownTags = tags.filter((tag) => tag.digest === digest);
    return {
      id,
      digest,
      lastBuiltAt,
      children: children.get(id) ?? [],
      branches: builds.map(({ branch, at }) => ({ branch, publishedAt: new Date(at) })),
      tags: ownTags.map(({ tag }) => tag),
      ownTags,
      repositories: repositoriesOf(builds, removals),
    };
  });
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
           jsonb_agg(jsonb_build_object('branch', b.branch, 'at', b.completed_at, 'destinations', b.destinations)) AS builds,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('repository', r.repository, 'at', r.removed_at)), '[]')
            FROM image_removals r WHERE r.image_id = i.id) AS removals
    FROM images i JOIN builds b ON b.image_id = i.id AND b.status = 'success'
    WHERE i.project_id = ${projectId} AND i.deleted_at IS NULL
    GROUP BY i.id ORDER BY i.last_built_at, i.id`.execute(tx);
  return rows;
}

async function readOwnTags(tx: Tx, projectId: string): Promise<OwnTag[]> {
  return tx
    .selectFrom('image_tags as t')
    .innerJoin('builds as b', 'b.id', 't.build_id')
    .select(['t.repository', 't.tag', 't.manifest_digest as digest'])
    .where('b.project_id', '=', projectId)
    .execute();
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
 * again whose move was left open.
 */
async function readNeeded(tx: Tx): Promise<Set<string>> {
  const { rows } = await sql<{ digest: string }>`
    WITH live AS (
      SELECT id FROM builds WHERE completed_at IS NULL
      UNION SELECT id FROM builds WHERE staging_kept_until > clock_timestamp()
      UNION SELECT c.resume_build_id FROM build_configs c JOIN builds b ON b.id = c.build_id
        WHERE c.resume_build_id IS NOT NULL AND b.completed_at IS NULL
    ), staged AS (
      SELECT a.outcome -> 'image' AS image FROM attempts a JOIN live ON live.id = a.build_id
      WHERE a.outcome ->> 'result' = 'succeeded'
    )
    SELECT image ->> 'manifestDigest' AS digest FROM staged
    UNION SELECT child ->> 'manifestDigest'
      FROM staged, jsonb_array_elements(coalesce(image -> 'platformImages', '[]')) child
    UNION SELECT t.manifest_digest FROM tag_moves m JOIN image_tags t
      ON t.tenant_id = m.tenant_id AND t.repository = m.repository AND t.tag = m.tag`.execute(tx);
  return new Set(rows.map(({ digest }) => digest));
}

/** What images of the tenant stand on that are not deleted, by the record of their builds. */
async function readBases(tx: Tx, tenantId: string): Promise<Set<string>> {
  const rows = await tx
    .selectFrom('build_base_images as base')
    .innerJoin('builds as b', 'b.id', 'base.build_id')
    .innerJoin('images as i', 'i.id', 'b.image_id')
    .select('base.digest')
    .distinct()
    .where('base.tenant_id', '=', tenantId)
    .where('base.is_base', '=', true)
    .where('i.deleted_at', 'is', null)
    .execute();
  return new Set(rows.flatMap(({ digest }) => digest ?? []));
}
