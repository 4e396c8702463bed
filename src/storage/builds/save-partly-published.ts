import type { Tx } from '../database.js';
import type { LockedBuild } from '../dispatch/lock-build.js';
import { stagedImage } from '../dispatch/staged-image.js';
import { saveImage } from './save-image.js';

/**
 * The id of the image that tags point at which a build moved before it ended without success; null where it moved none. It is served, so it
 * is known like any other, though the build has not succeeded. Needs the build's lock.
 */
export async function savePartlyPublished(tx: Tx, build: LockedBuild): Promise<string | null> {
  const staged = build.tags_moved.length === 0 ? null : await stagedImage(tx, build.id);
  if (staged === null) return null;
  const { id } = await saveImage(tx, { ...build, destinations: build.tags_moved }, staged.image);
  return id;
}
