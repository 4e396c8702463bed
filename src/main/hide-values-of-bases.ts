import type { RunOutcome } from '../domain/builds/outcome.js';
import { canBeHidden } from '../domain/secrets/secret-arguments.js';
import type { LeaseGate } from '../ports/dispatch.js';
import { maskImage } from '../supervisor/outcome.js';
import { Masks } from '../supervisor/masks.js';

/**
 * Outcomes are stored without what builds of their base images were given: the history of an image has the lines of its base. The host that has
 * built it knows none of these values, and learns none.
 */
export function hideValuesOfBases(
  leases: LeaseGate,
  valuesOf: (tenantId: string, digests: readonly string[]) => Promise<readonly string[]>,
): LeaseGate {
  const hidden = async (tenantId: string, outcome: RunOutcome): Promise<RunOutcome> => {
    if (outcome.image === null) return outcome;
    const used = outcome.materials?.images.flatMap(({ digest }) => digest ?? []) ?? [];
    const values = await valuesOf(tenantId, [outcome.image.manifestDigest, ...used]);
    const masks = new Masks(values.filter(canBeHidden).map((value) => Buffer.from(value)));
    return { ...outcome, image: maskImage(outcome.image, masks) };
  };
  return {
    ...leases,
    finish: async (holder, fence, outcome, log) =>
      leases.finish(holder, fence, await hidden(holder.tenantId, outcome), log),
  };
}
