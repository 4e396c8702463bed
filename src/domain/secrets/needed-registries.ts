import { cacheReferenceOf } from '../builds/cache.js';
import { withMirrors, type RegistryMirror } from '../network/mirrors.js';
import { registryOf } from '../images/registry-host.js';
import { parseCredentialHost } from './credential.js';

/**
 * The registries that a run has to do with, spelled as credentials are: those of its staging, its destinations, its caches and its
 * builder or base images, those that its source names, and mirrors of what it reads.
 */
export function neededRegistries(
  run: {
    readonly options: Readonly<Record<string, unknown>>;
    readonly staging: { readonly repository: string };
    readonly repositories: readonly string[];
  },
  named: readonly string[],
  mirrors: readonly RegistryMirror[],
): ReadonlySet<string> {
  const references = [
    'cache_from',
    'cache_to',
    'cache_repo',
    'registry_repo',
    'builder',
    'run_image',
    'base_images',
  ];
  const optional = references.flatMap((name) => run.options[name]);
  const own = [run.staging.repository, ...run.repositories, ...optional].flatMap((image) =>
    typeof image === 'string' ? (registryOf(cacheReferenceOf(image) ?? image) ?? []) : [],
  );
  return new Set(
    withMirrors([...own, ...named], mirrors).map((host) => parseCredentialHost('registry', host)),
  );
}
