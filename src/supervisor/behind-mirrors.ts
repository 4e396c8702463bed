import type { RunFailure } from '../domain/builds/outcome.js';
import { ERRORS } from '../domain/errors.js';
import { mirrorsOf, type RegistryMirror } from '../domain/network/mirrors.js';
import type { RunDeps } from './deps.js';

/** Those of the registries that have mirrors. */
export function mirrored(registries: readonly string[], mirrors: readonly RegistryMirror[]): string[] {
  return registries.filter((registry) => mirrorsOf(registry, mirrors).length > 0);
}

/**
 * Builders say of an image that no mirror has only that it was not found, also where the registry behind the mirrors does not answer.
 * That may pass, so the registry is asked: the failure is then that of the registry.
 */
export async function judgeAbsence(
  failure: RunFailure,
  registries: readonly string[],
  registryTrouble: RunDeps['registryTrouble'],
  signal: AbortSignal,
): Promise<RunFailure> {
  if (failure.code !== 'base_image_missing' || registryTrouble === undefined) return failure;
  for (const registry of registries) {
    const trouble = await registryTrouble(registry, signal);
    if (trouble === null) continue;
    return {
      ...failure,
      code: 'registry_unreachable',
      retryable: ERRORS.registry_unreachable.retryable,
      message: `No mirror of ${registry} has a base image, and ${registry} itself does not answer: ${trouble}.`,
    };
  }
  return failure;
}
