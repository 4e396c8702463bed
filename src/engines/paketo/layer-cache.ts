import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Builder } from './builder-image.js';
import { linkOrCopy, moveFiles } from './across-mounts.js';
import { holdLock } from './locks.js';
import type { LaunchOrder } from './order.js';
import { removeUnused } from './remove-unused.js';

/** Of all projects of a tenant on this host. */
const MAX_STORED_BYTES = 20e9;
const PREVIOUS = /^[a-z0-9][a-z0-9.:/_-]*@sha256:[0-9a-f]{64}$/;

/** The layers that an earlier build of the project has left. */
export interface LayerCache {
  /** A copy for this run alone; the lifecycle reads and writes it. */
  readonly folder: string;
  /** repository@digest of the image that the layers belong to; null where there is none. */
  readonly previousImage: string | null;
}

/**
 * Gives a run its own view of the project's layers: links, since the lifecycle writes a file anew and never changes one. So runs of one
 * project neither wait for nor harm each other; the last to end leaves its layers.
 */
export async function openCache(order: LaunchOrder, builder: Builder): Promise<LayerCache | null> {
  const place = placeOf(order, builder);
  if (place === null) return null;
  const folder = path.join(order.workFolder, 'cache');
  const own = path.join(folder, 'committed');
  mkdirSync(own, { recursive: true });
  const lock = await holdLock(`${place}.lock`, 'shared');
  const kept = path.join(place, 'committed');
  for (const name of existsSync(kept) ? readdirSync(kept) : [])
    linkOrCopy(path.join(kept, name), path.join(own, name));
  const previousImage = readPrevious(place);
  lock.release();
  for (const made of [folder, own]) chownSync(made, builder.userId, builder.groupId);
  return { folder, previousImage };
}

/** Leaves the layers of a build that has succeeded for the next one of its project. */
export async function keepCache(
  order: LaunchOrder,
  builder: Builder,
  cache: LayerCache,
  image: string,
): Promise<void> {
  const place = placeOf(order, builder);
  if (place === null) return;
  const next = path.join(path.dirname(place), `.next-${order.id}`);
  mkdirSync(next, { mode: 0o700 });
  const layers = path.join(cache.folder, 'committed');
  const sizes = readdirSync(layers).map((name) => statSync(path.join(layers, name)).size);
  moveFiles(layers, path.join(next, 'committed'));
  writeFileSync(path.join(next, 'previous'), image);
  writeFileSync(path.join(next, 'bytes'), String(sizes.reduce((sum, size) => sum + size, 0)));
  const lock = await holdLock(`${place}.lock`, 'exclusive');
  rmSync(place, { recursive: true, force: true });
  renameSync(next, place);
  lock.release();
  await removeUnused(path.dirname(place), MAX_STORED_BYTES);
}

/** Layers belong to the user of their builder. Null when nothing is cached. */
function placeOf(order: LaunchOrder, { userId, groupId }: Builder): string | null {
  if (order.cacheName === null) return null;
  const folder = path.join(order.storageFolder, 'layers');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return path.join(folder, `${order.cacheName}-${userId}-${groupId}`);
}

function readPrevious(place: string): string | null {
  const file = path.join(place, 'previous');
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return PREVIOUS.test(text) ? text : null;
}
