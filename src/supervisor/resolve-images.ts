import { isDigest, parseReference, printRepository } from '../domain/images/reference.js';
import { materialImage } from '../domain/images/used-images.js';
import { timeLimit } from '../domain/time-limit.js';
import type { ImageRegistry } from '../ports/image-registry.js';

/** Longer than this no build waits for a registry that its builder will ask again. */
const TIME_LIMIT_MS = 5_000;

/**
 * The digests that names of images stand for now, all asked for at once; of an image for several platforms that of the index. What a
 * registry does not tell is left out: the builder asks it by the name then, and its own words are what people see. A name that `pinned` has
 * (as `reference@digest`) stands for that digest, and nobody is asked.
 */
export async function resolveImages(
  registry: Pick<ImageRegistry, 'head'>,
  names: readonly string[],
  signal: AbortSignal,
  pinned: readonly string[] = [],
): Promise<Record<string, string>> {
  if (names.length === 0) return {};
  const limit = timeLimit(TIME_LIMIT_MS, signal);
  const found = await Promise.all(
    [...new Set(names)].map(async (name) => {
      const digest = pinOf(name, pinned) ?? (await digestOf(registry, name, limit).catch(() => null));
      return digest === null ? [] : [[name, digest] as const];
    }),
  );
  signal.throwIfAborted();
  return Object.fromEntries(found.flat());
}

/** Null for a name that has a digest of its own. */
function pinOf(name: string, pinned: readonly string[]): string | null {
  const image = materialImage(name, null);
  if (image === null || image.digest !== null) return null;
  const pin = pinned.find((one) => one.startsWith(`${image.reference}@`));
  return pin?.slice(image.reference.length + 1) ?? null;
}

async function digestOf(
  registry: Pick<ImageRegistry, 'head'>,
  name: string,
  signal: AbortSignal,
): Promise<string | null> {
  const reference = parseReference(name);
  if (reference.digest !== null) return null;
  const repository = printRepository({ ...reference, domain: reference.domain ?? 'docker.io' });
  const head = await registry.head(repository, reference.tag ?? 'latest', signal, {
    mayComeFromMirror: true,
  });
  return head !== null && head.digest.startsWith('sha256:') && isDigest(head.digest) ? head.digest : null;
}
