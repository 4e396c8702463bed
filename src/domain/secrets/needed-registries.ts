import { cacheReferenceOf } from '../builds/cache.js';
import { withMirrors, type RegistryMirror } from '../network/mirrors.js';
import { KilnError } from '../errors.js';
import { registryOf } from '../images/registry-host.js';
import { parseCredentialHost } from './credential.js';

const REFERENCES = [
  'cache_from',
  'cache_to',
  'cache_repo',
  'registry_repo',
  'builder',
  'run_image',
  'base_images',
  'replaced_images',
];

function imagesIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [value].flat();
  return Object.values(value);
}

/** The registries (`host[:port]`) that options of a build name, each with the option. */
export function registriesOfOptions(
  options: Readonly<Record<string, unknown>>,
): readonly { readonly option: string; readonly host: string }[] {
  return REFERENCES.flatMap((option) =>
    imagesIn(options[option]).flatMap((image) => {
      const host = typeof image === 'string' ? registryOf(cacheReferenceOf(image) ?? image) : null;
      return host === null ? [] : [{ option, host }];
    }),
  );
}

/** The refusal of a registry as that of the option which names it; other errors, and registries that no option names, as they are. */
export function namingOption(
  error: unknown,
  host: string,
  options: Readonly<Record<string, unknown>>,
): unknown {
  const named = registriesOfOptions(options).find((one) => one.host === host);
  return named === undefined ? error : namingField(error, `options.${named.option}`);
}

/** The refusal of a registry as that of the field which names it; other errors as they are. */
export function namingField(error: unknown, field: string): unknown {
  if (!(error instanceof KilnError) || error.code !== 'host_not_allowed') return error;
  return new KilnError('host_not_allowed', {
    message: `${field.replace('options.', '')}: ${error.message}`,
    fields: [{ field, message: error.message }],
    ...(error.detail === undefined ? {} : { detail: error.detail }),
  });
}

/** The registries (`host[:port]`) that a build pushes to or names in its options, each with the field that names it. */
export function registriesOfBuild(build: {
  readonly options: Readonly<Record<string, unknown>>;
  readonly destinations: readonly string[];
}): readonly { readonly field: string; readonly host: string }[] {
  const pushed = build.destinations.map((reference) => ({
    field: 'destinations',
    host: registryOf(reference),
  }));
  const named = registriesOfOptions(build.options).map(({ option, host }) => ({
    field: `options.${option}`,
    host,
  }));
  return [...pushed, ...named].flatMap(({ field, host }) => (host === null ? [] : [{ field, host }]));
}

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
  const own = [
    ...[run.staging.repository, ...run.repositories].flatMap((image) => registryOf(image) ?? []),
    ...registriesOfOptions(run.options).map(({ host }) => host),
  ];
  return new Set(
    withMirrors([...own, ...named], mirrors).map((host) => parseCredentialHost('registry', host)),
  );
}
