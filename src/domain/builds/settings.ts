import type { BuildMethod } from './method.js';
import type { AskedTests } from '../tests/asked-tests.js';
import type { RetentionPolicy } from './retention-policy.js';
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
  readonly builder?: string | undefined;
  readonly run_image?: string | undefined;
  readonly buildpacks?: readonly string[] | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly bindings?: readonly NamedBinding[] | undefined;
  readonly packer_template?: string | undefined;
  readonly base_images?: readonly string[] | undefined;
  readonly secrets?: readonly { readonly id: string; readonly name: string }[] | undefined;
  readonly ssh?: readonly { readonly id: string; readonly name: string }[] | undefined;
  readonly artifacts?:
    | readonly {
        readonly name: string;
        readonly target: string;
        readonly path: string;
        readonly retention?: RetentionPolicy | undefined;
      }[]
    | undefined;
  readonly tests?: AskedTests | undefined;
  readonly destinations?: readonly string[] | undefined;
  readonly timeout_seconds?: number | undefined;
  readonly memory_bytes?: number | undefined;
  readonly cpu_milli?: number | undefined;
  readonly pids?: number | undefined;
  readonly network?: RunNetwork | undefined;
  readonly needs?: Readonly<Record<string, string>> | undefined;
}

/** A service binding: files of its folder by name, each the name of a stored secret. */
export interface NamedBinding {
  readonly name: string;
  readonly type: string;
  readonly provider?: string | undefined;
  readonly secrets: Readonly<Record<string, string>>;
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
  /**
   * For each setting where it came from; a build argument is `build_args.NAME`, a variable `environment.NAME`, a secret `secrets.ID`, a
   * binding `bindings.NAME`.
   */
  readonly origins: Readonly<Record<string, SettingOrigin>>;
}

/**
 * The settings that a build has. The first place that names a setting decides it whole: request, build file, project, built-in.
 * Build arguments and variables are decided one by one, and so are secrets by their id and bindings by their name. A place that turns the
 * cache off drops the caches that weaker places read from; one that names a Dockerfile inline drops their paths of one.
 */
export function resolveSettings(layers: SettingLayers): ResolvedSettings {
  const settings: Record<string, unknown> = {};
  const origins: Record<string, SettingOrigin> = {};
  const parts = new Map<string, Map<string, unknown>>();
  const decide = (setting: string, name: string, value: unknown, origin: SettingOrigin): void => {
    const decided = parts.get(setting) ?? new Map<string, unknown>();
    parts.set(setting, decided);
    if (decided.has(name)) return;
    decided.set(name, value);
    origins[`${setting}.${name}`] = origin;
  };
  for (const origin of SETTING_ORIGINS) {
    const { build_args: buildArgs, environment, secrets, bindings, ...own } = layers[origin] ?? {};
    for (const [name, value] of Object.entries(withoutOverruled(own, settings))) {
      if (value === undefined || Object.hasOwn(settings, name)) continue;
      settings[name] = value;
      origins[name] = origin;
    }
    for (const [name, value] of Object.entries(buildArgs ?? {})) decide('build_args', name, value, origin);
    for (const [name, value] of Object.entries(environment ?? {})) decide('environment', name, value, origin);
    for (const secret of secrets ?? []) decide('secrets', secret.id, secret, origin);
    for (const binding of bindings ?? []) decide('bindings', binding.name, binding, origin);
  }
  for (const [setting, decided] of parts) {
    const isList = setting === 'secrets' || setting === 'bindings';
    settings[setting] = isList ? [...decided.values()] : Object.fromEntries(decided);
  }
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
