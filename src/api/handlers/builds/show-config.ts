import type { BuildConfig } from '../../../contracts/build-config-operations.js';
import { FILE_FIELDS } from '../../../contracts/build-file.js';
import { formatResource, grantedResources } from '../../../domain/builds/resources.js';
import { resolveSettings, type SettingOrigin } from '../../../domain/builds/settings.js';
import { LIMIT_NAMES, LIMITS } from '../../../domain/limits/limit-table.js';
import type { StoredConfig } from '../../../ports/records.js';

/** In the order in which people read them; what a method adds follows. */
const ORDER = ['method', 'dockerfile', 'dockerfile_inline', 'build_context', 'build_args', 'target_stage'];

/** The stored settings of a build with their origins, build arguments and secrets one by one. */
export function showConfig(config: StoredConfig): BuildConfig {
  const { layers } = config;
  const origins = layers === null ? null : resolveSettings(layers).origins;
  const originOf = (name: string): SettingOrigin | null =>
    origins === null ? null : (origins[settingOf(name)] ?? 'built_in');
  const values = {
    method: config.method,
    ...config.options,
    destinations: config.destinations,
    timeout_seconds: config.buildTimeoutMs / 1000,
    ...resourceValues(config),
  };
  return {
    build_file: config.buildFile,
    settings: Object.entries(values)
      .sort(([a], [b]) => rank(a) - rank(b))
      .flatMap(([name, value]) => parts(name, value))
      .map(([name, value]) => ({ name, value: value as never, origin: originOf(name) })),
    trust: config.trust,
    limits: LIMIT_NAMES.map((name) => ({ name, unit: LIMITS[name].unit, ...config.limits[name] })),
  };
}

/** What the build is given, as people write it. */
function resourceValues({ resources, limits }: StoredConfig): Record<string, unknown> {
  const granted = grantedResources(resources, limits);
  return {
    'resources.memory': formatResource('memory_bytes', granted.memory_bytes),
    'resources.cpus': granted.cpu_milli / 1000,
    'resources.pids': granted.pids,
    'resources.network': granted.network,
    ...(resources.needs !== undefined && { needs: resources.needs }),
  };
}

/** The name under which the records have what a request calls so. */
function settingOf(name: string): string {
  const found = Object.entries(FILE_FIELDS).find(([, field]) => field === name);
  return name.startsWith('resources.') ? (found?.[0] ?? name) : name;
}

function rank(name: string): number {
  const at = ORDER.indexOf(name);
  return at === -1 ? ORDER.length : at;
}

function parts(name: string, value: unknown): [string, unknown][] {
  if (name === 'build_args' || name === 'environment') {
    return Object.entries(value as Record<string, string>).map(([arg, text]) => [`${name}.${arg}`, text]);
  }
  if (name === 'secrets') {
    const secrets = value as { id: string; name: string }[];
    return secrets.map((secret) => [`${name}.${secret.id}`, secret.name]);
  }
  if (name === 'bindings') {
    return (value as { name: string }[]).map((binding) => [`${name}.${binding.name}`, binding]);
  }
  return [[name, value]];
}
