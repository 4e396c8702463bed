import type { z } from 'zod';
import type { CacheRules } from '../domain/builds/cache-miss.js';
import type { BuildMethod } from '../domain/builds/method.js';
import { type AskedResources, RESOURCE_NAMES, RESOURCES } from '../domain/builds/resources.js';
import {
  BUILD_FILE_NAME,
  resolveSettings,
  type SettingLayers,
  type SettingOrigin,
} from '../domain/builds/settings.js';
import { KilnError } from '../domain/errors.js';
import type { EffectiveLimits } from '../domain/limits/effective-limits.js';
import { howToRaise, namedLimit } from '../domain/limits/how-to-raise.js';
import type { LimitName } from '../domain/limits/limit-table.js';
import { formatLimit } from '../domain/limits/limit-units.js';
import { DEFAULT_METHOD, METHOD_NAMES, METHODS } from '../engines/methods.js';
import type { DockerfileOptions } from '../engines/dockerfile/fields.js';
import { FILE_FIELDS } from './build-file.js';
import { neededBy, optionWords } from './option-words.js';

/** Options of a method that builds from a Dockerfile: at least what is asked of all such methods. */
export type DockerfileBuild = DockerfileOptions & {
  readonly platforms?: readonly string[];
  readonly ssh?: DockerfileOptions['secrets'];
  readonly artifacts?: readonly { readonly target: string }[];
  readonly tests?: { readonly target?: string | undefined } | undefined;
};

/** Options of any method: at least what is asked of all. */
export type BuildOptions =
  | DockerfileBuild
  | (Pick<DockerfileOptions, 'build_context' | 'secrets'> & { readonly ssh?: never });

/** Whether the options are those of a method that builds from a Dockerfile. */
export function hasDockerfile(options: BuildOptions): options is DockerfileBuild {
  return 'dockerfile' in options;
}

/** Whether a method builds from a Dockerfile; the others find in the source itself what to do. Unknown ones do. */
export function buildsFromDockerfile(method: BuildMethod): boolean {
  return !Object.hasOwn(METHODS, method) || METHODS[method]?.hasDockerfile !== false;
}

/** Whether a method without a Dockerfile finds in these options alone what to do, and so needs no source. */
export function needsNoSource(method: BuildMethod, options: BuildOptions): boolean {
  return METHODS[method]?.isWhole?.(options) === true;
}

/** What is known of the cache of a method. */
export function cacheRules(method: BuildMethod): CacheRules {
  return { uncached: METHODS[method]?.uncached ?? [], runSettings: METHODS[method]?.runSettings ?? null };
}

const BUILT_IN = { method: DEFAULT_METHOD };
const TIMEOUT_SECONDS = 3600;

/** A build as it will be made, from all that was said about it. */
export interface EffectiveBuild {
  readonly method: BuildMethod;
  readonly options: BuildOptions;
  /** Empty where the project decides. */
  readonly destinations: readonly string[];
  readonly timeoutSeconds: number;
  /** What somebody has asked for. */
  readonly resources: AskedResources;
  readonly origins: Readonly<Record<string, SettingOrigin>>;
}

/**
 * Applies the rule of precedence and checks the outcome against the method's schema. Raises method_not_offered, and
 * invalid_request for settings that do not go together.
 */
export function effectiveBuild(
  layers: SettingLayers,
  limits: EffectiveLimits,
  buildFile = BUILD_FILE_NAME,
  /** False where a build file may still say more. */
  isComplete = true,
): EffectiveBuild {
  const timeout = Math.min(TIMEOUT_SECONDS, limits.build_timeout_seconds.value);
  const built_in = { ...BUILT_IN, timeout_seconds: timeout };
  const { settings, origins } = resolveSettings({ ...layers, built_in });
  const {
    method = BUILT_IN.method,
    destinations = [],
    timeout_seconds: timeoutSeconds = timeout,
    memory_bytes,
    cpu_milli,
    pids,
    network,
    needs,
    ...given
  } = settings;
  const schema = optionsOf(method);
  if (schema === undefined) throw notOffered(method, origins['method'] ?? 'built_in', buildFile);
  const parsed = schema.safeParse(given, { error: optionWords(method) });
  const wordsOn = (key: string): string | undefined =>
    schema.safeParse({ [key]: null }).error?.issues.find(({ code }) => code === 'unrecognized_keys')?.message;
  if (!parsed.success) throw unfitSettings(parsed.error.issues, origins, buildFile, wordsOn);
  if (isComplete) refuseMissing(method, parsed.data);
  refuseForeignNetwork(method, network);
  const filledIn = Object.entries(parsed.data)
    .filter(([name, value]) => !(name in given) && value !== undefined)
    .map(([name]) => [name, 'built_in'] as const);
  return {
    method,
    options: parsed.data,
    destinations,
    timeoutSeconds: withinLimit('timeout_seconds', timeoutSeconds, 'build_timeout_seconds', limits),
    resources: withinLimits({ memory_bytes, cpu_milli, pids, network, needs }, limits),
    origins: { ...Object.fromEntries(filledIn), ...origins },
  };
}

function refuseForeignNetwork(method: BuildMethod, network: AskedResources['network']): void {
  if (network === undefined || network === 'default' || network === 'none') return;
  const { networks = [] } = METHODS[method] ?? {};
  if (networks.includes(network)) return;
  const choices = ['none', 'default', ...networks].join(', ');
  const message = `The method ${method} gives its steps no network "${network}": one of ${choices}.`;
  throw new KilnError('invalid_request', {
    message: `resources.network: ${message}`,
    fields: [{ field: 'resources.network', message }],
  });
}

function refuseMissing(method: BuildMethod, options: object): void {
  const missing = (METHODS[method]?.required ?? []).filter((name) => !(name in options));
  if (missing.length === 0) return;
  const fields = missing.map((name) => ({
    field: `options.${name}`,
    message: neededBy(method),
  }));
  throw new KilnError('invalid_request', {
    message: fields.map(({ field, message }) => `${field.slice('options.'.length)}: ${message}`).join(' '),
    fields,
  });
}

/** What belongs to another method is a field of its own, under the name that it has where it was set. */
function unfitSettings(
  issues: readonly z.core.$ZodIssue[],
  origins: EffectiveBuild['origins'],
  buildFile: string,
  /** What the schema says of an option that it does not have. */
  wordsOn: (key: string) => string | undefined,
): KilnError {
  const fields = issues.flatMap((issue) => {
    const keys = issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [];
    if (keys.length === 0) return [{ field: ['options', ...issue.path].join('.'), message: issue.message }];
    return keys.map((key) => ({
      field: `options.${key}`,
      message: `${placeOf(key)}${wordsOn(key) ?? issue.message}`,
    }));
  });
  const message = fields.map((one) => `${one.field.slice('options.'.length)}: ${one.message}`).join(' ');
  return new KilnError('invalid_request', { message, fields });

  function placeOf(key: string): string {
    const name = FILE_FIELDS[key as keyof typeof FILE_FIELDS];
    if (origins[key] === 'build_file') return `${name} in ${buildFile} does not fit. `;
    return origins[key] === 'project' ? `${name} in the project's defaults does not fit. ` : '';
  }
}

/** Leaves out what nobody has set. */
function withinLimits(asked: AskedResources, limits: EffectiveLimits): AskedResources {
  for (const name of RESOURCE_NAMES) {
    const { called, limit } = RESOURCES[name];
    const amount = asked[name];
    if (amount !== undefined) withinLimit(`resources.${called}`, amount, limit, limits);
  }
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

function withinLimit(field: string, value: number, name: LimitName, limits: EffectiveLimits): number {
  const limit = limits[name];
  if (value <= limit.value) return value;
  const message = `${formatLimit(name, value)} is more than ${namedLimit(name, limit)}. Ask for less. ${howToRaise(name, limit)}`;
  throw new KilnError('invalid_request', {
    message: `${field}: ${message}`,
    fields: [{ field, message }],
  });
}

/** The options of a build as its records have them; they were judged when they were written. */
export function storedOptions(method: BuildMethod, options: unknown): BuildOptions {
  const schema = optionsOf(method);
  if (schema === undefined) throw notOffered(method, 'built_in', BUILD_FILE_NAME);
  return schema.parse(options);
}

function optionsOf(method: BuildMethod): z.ZodType<BuildOptions> | undefined {
  return Object.hasOwn(METHODS, method) ? (METHODS[method]?.options as z.ZodType<BuildOptions>) : undefined;
}

function notOffered(method: BuildMethod, origin: SettingOrigin, buildFile: string): KilnError {
  const who = { build_file: buildFile, project: 'The project', request: 'The request', built_in: 'Kiln' };
  const offered = METHOD_NAMES.join(', ');
  return new KilnError('method_not_offered', {
    message: `${who[origin]} asks for the method "${method}", which is not offered here: ${offered}.`,
  });
}
