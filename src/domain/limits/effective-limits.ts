import { LIMIT_NAMES, LIMITS, type LimitName } from './limit-table.js';

/** Where a limit may be set, the strongest first. */
export const LIMIT_ORIGINS = ['project', 'tenant', 'installation', 'built_in'] as const;
export type LimitOrigin = (typeof LIMIT_ORIGINS)[number];

/** Values that one place has set. */
export type LimitValues = Readonly<Partial<Record<LimitName, number>>>;

export interface EffectiveLimit {
  readonly value: number;
  readonly origin: LimitOrigin;
}

/** Every limit with the place that decided it. */
export type EffectiveLimits = Readonly<Record<LimitName, EffectiveLimit>>;

/** What each place says. */
export type LimitLayers = Readonly<Partial<Record<Exclude<LimitOrigin, 'built_in'>, LimitValues>>>;

/** The first place that sets a limit decides it: project, tenant, installation, built-in. None goes above the installation's. */
export function effectiveLimits(layers: LimitLayers): EffectiveLimits {
  const entries = LIMIT_NAMES.map((name) => [name, effectiveLimit(name, layers)] as const);
  return Object.fromEntries(entries) as EffectiveLimits;
}

function effectiveLimit(name: LimitName, layers: LimitLayers): EffectiveLimit {
  const bound = layers.installation?.[name];
  for (const origin of ['project', 'tenant'] as const) {
    const value = layers[origin]?.[name];
    if (value === undefined) continue;
    return bound !== undefined && value > bound
      ? { value: bound, origin: 'installation' }
      : { value, origin };
  }
  if (bound !== undefined) return { value: bound, origin: 'installation' };
  return { value: LIMITS[name].builtIn, origin: 'built_in' };
}

/** The limits of a build that was accepted before they were recorded, and where one is newer than the build. */
export const BUILT_IN_LIMITS = effectiveLimits({});
