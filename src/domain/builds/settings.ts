import type { BuildMethod } from './method.js';
import type { RunNetwork } from './resources.js';

/** The name under which a build file is looked for at the root of a source. */
export const BUILD_FILE_NAME = 'kiln.yaml';

/** Everything that can be set for a build in more than one place, under the names of the records. */
export interface Settings {
  readonly method?: BuildMethod | undefined;
  readonly dockerfile?: string | undefined;
  readonly dockerfile_inline?: string | undefined;
  readonly build_context?: string | undefined;
  readonly build_args?: Readonly<Record<string, string>> | undefined;
  readonly target_stage?: string | undefined;
  readonly platforms?: readonly string[] | undefined;
  readonly cache_enabled?: boolean | undefined;
  readonly cache_from?: readonly string[] | undefined;
  readonly cache_to?: string | readonly string[] | undefined;
  readonly cache_repo?: string | undefined;
  readonly registry_repo?: string | undefined;
  readonly secrets?: readonly { readonly id: string; readonly name: string }[] | undefined;
  readonly destinations?: readonly string[] | undefined;
  readonly timeout_seconds?: number | undefined;
  readonly memory_bytes?: number | undefined;
  readonly cpu_milli?: number | undefined;
  readonly pids?: number | undefined;
  readonly network?: RunNetwork | undefined;
}

/** Those of them that belong to a method. */
export type MethodSettings = Omit<Settings, 'method' | 'destinations' | 'timeout_seconds'>;

/** Where a value may come from, the strongest first. */
export const SETTING_ORIGINS = ['request', 'build_file', 'project', 'built_in'] as const;
export type SettingOrigin = (typeof SETTING_ORIGINS)[number];

/** What each place says; a place that says nothing is absent or empty. */
export type SettingLayers = Readonly<Partial<Record<SettingOrigin, Settings>>>;

export interface ResolvedSettings {
  readonly settings: Settings;
  /** For each setting where it came from; a build argument is `build_args.NAME`, a secret `secrets.ID`. */
  readonly origins: Readonly<Record<string, SettingOrigin>>;
}

/**
 * The settings that a build has. The first place that names a setting decides it whole: request, build file, project, built-in.
 * Build arguments are decided one by one, and so are secrets by their id. A place that turns the cache off drops the caches that weaker
 * places read from; one that names a Dockerfile inline drops their paths of one.
 */
export function resolveSettings(layers: SettingLayers): ResolvedSettings {
  const settings: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin> = {};
  const buildArgs = new Map<string, string>();
  const secrets = new Map<string, { id: string; name: string }>();
  for (const origin of SETTING_ORIGINS) {
    const { build_args: ownArgs, secrets: ownSecrets, ...own } = layers[origin] ?? {};
    for (const [name, value] of Object.entries(withoutOverruled(own, settings))) {
      if (value === undefined || Object.hasOwn(settings, name)) continue;
      settings[name] = value;
      origins[name] = origin;
    }
    for (const [name, value] of Object.entries(ownArgs ?? {})) {
      if (buildArgs.has(name)) continue;
      buildArgs.set(name, value);
      origins[`build_args.${name}`] = origin;
    }
    for (const secret of ownSecrets ?? []) {
      if (secrets.has(secret.id)) continue;
      secrets.set(secret.id, secret);
      origins[`secrets.${secret.id}`] = origin;
    }
  }
  if (buildArgs.size > 0) settings['build_args'] = Object.fromEntries(buildArgs);
  if (secrets.size > 0) settings['secrets'] = [...secrets.values()];
  return { settings, origins };
}

/** What a place says, without what stronger places have made pointless. */
function withoutOverruled(own: Settings, stronger: Record<string, unknown>): Settings {
  const { dockerfile, cache_from: cacheFrom, ...rest } = own;
  return {
    ...rest,
    ...(dockerfile === undefined || 'dockerfile_inline' in stronger ? {} : { dockerfile }),
    ...(cacheFrom === undefined || stronger['cache_enabled'] === false ? {} : { cache_from: cacheFrom }),
  };
}
