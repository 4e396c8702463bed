import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';

/** A repository as a registry of the CNCF project keeps it on a disk. */
export interface StoredRepository {
  readonly name: string;
  /** Digests of the manifests that it has. */
  readonly manifests: readonly string[];
  /** Tag to digest. */
  readonly tags: ReadonlyMap<string, string>;
}

/** A blob, its size as it lies there. */
export interface StoredBlob {
  readonly digest: string;
  readonly sizeBytes: number;
}

const ROOT = ['docker', 'registry', 'v2'];

const descriptor = z.looseObject({ digest: z.string() });
const manifest = z.looseObject({
  config: descriptor.optional(),
  layers: z.array(descriptor).optional(),
  manifests: z.array(descriptor).optional(),
  blobs: z.array(descriptor).optional(),
  subject: descriptor.optional(),
});
/** What a manifest names, and what it says something about (`subject`). */
export interface NamedByManifest {
  readonly parts: readonly string[];
  readonly subject: string | null;
}

/** Every repository below the registry's folder of data. */
export async function readRepositories(dataFolder: string): Promise<StoredRepository[]> {
  const root = join(dataFolder, ...ROOT, 'repositories');
  const found: StoredRepository[] = [];
  const walk = async (folder: string): Promise<void> => {
    const names = await namesIn(folder);
    if (names.includes('_manifests')) found.push(await readRepository(root, folder));
    for (const name of names.filter((one) => !one.startsWith('_'))) await walk(join(folder, name));
  };
  await walk(root);
  return found;
}

/** Every blob that lies there. */
export async function readBlobs(dataFolder: string): Promise<StoredBlob[]> {
  const root = join(dataFolder, ...ROOT, 'blobs', 'sha256');
  const blobs: StoredBlob[] = [];
  for (const start of await namesIn(root)) {
    for (const hex of await namesIn(join(root, start))) {
      const found = await stat(join(root, start, hex, 'data')).catch(() => null);
      if (found !== null) blobs.push({ digest: `sha256:${hex}`, sizeBytes: found.size });
    }
  }
  return blobs;
}

/** What a stored manifest names; nothing for one that does not lie there or is none. */
export async function readManifest(dataFolder: string, digest: string): Promise<NamedByManifest> {
  const hex = digest.replace('sha256:', '');
  const file = join(dataFolder, ...ROOT, 'blobs', 'sha256', hex.slice(0, 2), hex, 'data');
  const text = await readFile(file, 'utf8').catch(() => 'null');
  const read = manifest.safeParse(parsed(text)).data;
  const { config, layers = [], manifests = [], blobs = [], subject } = read ?? {};
  const parts = [...(config === undefined ? [] : [config]), ...layers, ...manifests, ...blobs];
  return { parts: parts.map((part) => part.digest), subject: subject?.digest ?? null };
}

/** Where a repository keeps that it has a manifest. */
export function manifestFolder(dataFolder: string, repository: string, digest: string): string {
  const hex = digest.replace('sha256:', '');
  return join(dataFolder, ...ROOT, 'repositories', repository, '_manifests', 'revisions', 'sha256', hex);
}

async function readRepository(root: string, folder: string): Promise<StoredRepository> {
  const manifests: string[] = [];
  const revisions = join(folder, '_manifests', 'revisions', 'sha256');
  for (const hex of await namesIn(revisions))
    if ((await stat(join(revisions, hex, 'link')).catch(() => null)) !== null)
      manifests.push(`sha256:${hex}`);
  const tags = new Map<string, string>();
  for (const tag of await namesIn(join(folder, '_manifests', 'tags'))) {
    const link = join(folder, '_manifests', 'tags', tag, 'current', 'link');
    const digest = await readFile(link, 'utf8').catch(() => null);
    if (digest !== null) tags.set(tag, digest.trim());
  }
  return { name: relative(root, folder), manifests, tags };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
