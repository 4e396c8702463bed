import { sql } from 'kysely';
import type { Prune } from '../../contracts/retention.js';
import type { TaggedManifest } from '../../ports/image-registry.js';
import type { PruningRegistry } from '../../ports/retention.js';
import type { Tx } from '../database.js';
import { databaseNow } from '../times.js';
import { stagedDigests } from '../dispatch/staged-image.js';
import type { Remove } from './open-removals.js';
import type { StoredImage } from './read-facts.js';

export interface Removing {
  readonly pruneId: string;
  readonly tenantId: string;
  readonly repository: string;
  readonly images: readonly StoredImage[];
  readonly signal: AbortSignal;
  readonly remove: Remove;
}

/** What became of the images; `trouble` ends the work on the repository, what was done before it counts. */
export interface Removed {
  readonly removed: Prune['removed'];
  readonly kept: Prune['kept'];
  readonly trouble: unknown;
}

/**
 * Removes images from a repository, none that a tag points at which does not go with it, directly or through an index, and none that
 * another project has published there. Needs the exclusive lock of the repository.
 */
export async function removeImages(tx: Tx, registry: PruningRegistry, removing: Removing): Promise<Removed> {
  const { repository, images, signal, remove } = removing;
  const done = { removed: [] as Prune['removed'], kept: [] as Prune['kept'], trouble: null as unknown };
  try {
    let tagged = images.length === 0 ? [] : await registry.tagged(repository, signal);
    for (const image of images) {
      const named = { manifest_digest: image.digest, repository };
      const ownTags = image.tags.filter((one) => one.repository === repository).map(({ tag }) => tag);
      const others = tagged.filter((one) => one.digest !== image.digest || !ownTags.includes(one.tag));
      const inUse = await whatUses(tx, repository, image.digest, others, image.id);
      if (inUse !== null) {
        done.kept.push({ ...named, because: inUse });
        continue;
      }
      await remove(registry, image.digest, signal);
      tagged = others;
      const parts: string[] = [];
      for (const child of image.children) {
        if ((await whatUses(tx, repository, child, tagged, image.id)) !== null) continue;
        await remove(registry, child, signal);
        parts.push(child);
      }
      await recordRemoval(tx, removing, image, { tags: ownTags, parts });
      done.removed.push({ ...named, tags: ownTags });
    }
  } catch (error) {
    done.trouble = error;
  }
  return done;
}

/** Why a manifest has to stay in the repository; null when nothing there uses it. Images but `exceptImageId` count. */
export async function whatUses(
  tx: Tx,
  repository: string,
  digest: string,
  tagged: readonly TaggedManifest[],
  exceptImageId: string | null,
): Promise<string | null> {
  const holder = tagOf(digest, tagged);
  if (holder !== null) return `the tag ${holder} points at it`;
  const { rows } = await sql`
    SELECT FROM images i JOIN builds b ON b.image_id = i.id
    LEFT JOIN image_platforms p ON p.index_image_id = i.id LEFT JOIN images c ON c.id = p.image_id
    WHERE i.deleted_at IS NULL AND i.id IS DISTINCT FROM ${exceptImageId} AND ${digest} IN (i.manifest_digest, c.manifest_digest)
      AND EXISTS (SELECT FROM jsonb_array_elements_text(b.tags_moved) d WHERE starts_with(d, ${repository} || ':'))
      AND NOT EXISTS (SELECT FROM image_removals r WHERE r.image_id = i.id AND r.repository = ${repository}
                        AND r.removed_at > b.completed_at)
    LIMIT 1`.execute(tx);
  if (rows.length > 0) return 'another image or project has it in this repository';
  return (await isPublishedNow(tx, repository, digest)) ? 'a build publishes it there' : null;
}

/** By a build that is not over, also as a part of an index. It may have sent the manifest already. */
async function isPublishedNow(tx: Tx, repository: string, digest: string): Promise<boolean> {
  const publications = await tx
    .selectFrom('publications as p')
    .innerJoin('builds as b', 'b.id', 'p.build_id')
    .select(['p.build_id', 'p.manifest_digest'])
    .where('p.repository', '=', repository)
    .where('b.completed_at', 'is', null)
    .execute();
  for (const one of publications)
    if ((await stagedDigests(tx, one.build_id, one.manifest_digest)).includes(digest)) return true;
  return false;
}

/** A tag that points at a manifest, directly or through an index; null where none does. */
export function tagOf(digest: string, tagged: readonly TaggedManifest[]): string | null {
  return tagged.find((one) => one.digest === digest || one.children.includes(digest))?.tag ?? null;
}

/**
 * The image is gone from here; when this was the last repository, it is deleted with the images of its platforms that went too, unless it was
 * published elsewhere just now.
 */
async function recordRemoval(
  tx: Tx,
  { pruneId, tenantId, repository }: Removing,
  image: StoredImage,
  { tags, parts }: { readonly tags: readonly string[]; readonly parts: readonly string[] },
): Promise<void> {
  const at = await databaseNow(tx);
  const removal = { prune_id: pruneId, removed_at: at };
  await tx
    .insertInto('image_removals')
    .values({ tenant_id: tenantId, image_id: image.id, repository, ...removal })
    .onConflict((conflict) => conflict.columns(['image_id', 'repository']).doUpdateSet(removal))
    .execute();
  if (tags.length > 0) {
    await tx
      .deleteFrom('image_tags')
      .where('tenant_id', '=', tenantId)
      .where('repository', '=', repository)
      .where('tag', 'in', tags)
      .where('manifest_digest', '=', image.digest)
      .execute();
  }
  if (image.repositories.some((one) => one !== repository)) return;
  const deleted = await tx
    .updateTable('images')
    .set({ deleted_at: at })
    .where('id', '=', image.id)
    .where('last_built_at', '=', image.lastBuiltAt)
    .returning('project_id')
    .executeTakeFirst();
  if (deleted === undefined || parts.length === 0) return;
  await tx
    .updateTable('images')
    .set({ deleted_at: at })
    .where('project_id', '=', deleted.project_id)
    .where('manifest_digest', 'in', parts)
    .execute();
}
