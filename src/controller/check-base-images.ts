import { type KilnError, toKilnError } from '../domain/errors.js';
import { registryOf } from '../domain/images/registry-host.js';
import { splitReference } from '../domain/images/used-images.js';
import type { ImageRound, ImageRounds, SeenImage } from '../ports/base-images.js';
import type { Owner } from '../ports/dispatch.js';
import type { ImageRegistry } from '../ports/image-registry.js';

/** Where a registry limits requests and does not say for how long. */
const REST_MS = 60_000;
const LONGEST_REST_MS = 24 * 60 * 60_000;

export type CheckBaseImages = (
  tenantId: string | null,
  signal: AbortSignal,
) => Promise<{ readonly images: number; readonly moves: number }>;

/**
 * Asks registries where the tags point that watched projects stand on: each tag once for a tenant, one after the other, with the credentials of the
 * projects in turn where one is refused. What was seen of a tenant is written down at once, so that images that have moved together make one build.
 */
export function createCheckBaseImages({
  rounds,
  registryFor,
}: {
  readonly rounds: ImageRounds;
  /** Registries with the credentials of a project, where nothing is asked again before the registry wants it. */
  readonly registryFor: (owner: Owner) => Pick<ImageRegistry, 'head'>;
}): CheckBaseImages {
  return async (tenantId, signal) => {
    let [images, moves] = [0, 0];
    for (const round of await rounds.begin(tenantId)) {
      const seen: SeenImage[] = [];
      // Registries that have asked to be left alone, and until when.
      const resting = new Map<string, number>();
      for (const image of round.images) seen.push(await look(registryFor, round, image, resting, signal));
      const recorded = await rounds.record(round, seen);
      images += seen.length;
      moves += recorded.moves;
    }
    return { images, moves };
  };
}

async function look(
  registryFor: (owner: Owner) => Pick<ImageRegistry, 'head'>,
  { tenantId }: ImageRound,
  { reference, projectIds }: ImageRound['images'][number],
  resting: Map<string, number>,
  signal: AbortSignal,
): Promise<SeenImage> {
  signal.throwIfAborted();
  const host = registryOf(reference) ?? '';
  const restMs = (resting.get(host) ?? 0) - Date.now();
  if (restMs > 0)
    return { reference, trouble: `The registry ${host} wants no requests for now.`, pauseMs: restMs };
  const { name, tag } = splitReference(reference);
  let refused: KilnError | null = null;
  for (const projectId of projectIds) {
    try {
      const registry = registryFor({ tenantId, projectId });
      const head = await registry.head(name, tag ?? 'latest', signal, { mayComeFromMirror: true });
      return head === null
        ? { reference, trouble: `There is no tag ${tag ?? 'latest'} at ${name}.`, pauseMs: null }
        : { reference, digest: head.digest };
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toKilnError(thrown);
      if (error.code === 'internal') throw thrown;
      refused ??= error;
      if (error.code === 'registry_denied') continue;
      if (error.code !== 'registry_limited' && error.retryAfterMs === null)
        return { reference, trouble: error.message, pauseMs: null };
      const pauseMs = Math.min(LONGEST_REST_MS, error.retryAfterMs ?? REST_MS);
      resting.set(host, Date.now() + pauseMs);
      return { reference, trouble: error.message, pauseMs };
    }
  }
  return { reference, trouble: refused?.message ?? 'No project stands on it any more.', pauseMs: null };
}
