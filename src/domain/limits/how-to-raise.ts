import type { EffectiveLimit } from './effective-limits.js';
import { LIMITS, type LimitName } from './limit-table.js';
import { formatLimit } from './limit-units.js';

/** `the limit image_max_bytes (2GiB, set for the project)`, for the message of an error. */
export function namedLimit(name: LimitName, { value, origin }: EffectiveLimit): string {
  const whose = {
    project: 'set for the project',
    tenant: 'set for the tenant',
    installation: `set by the operator`,
    built_in: 'built in',
  };
  return `the limit ${name} (${formatLimit(name, value)}, ${whose[origin]})`;
}

/** One sentence: who raises it, and by which command. */
export function howToRaise(name: LimitName, { origin }: EffectiveLimit): string {
  if (origin === 'installation') return `The operator raises it with ${LIMITS[name].variable} of the api.`;
  const whose = origin === 'project' ? '--project PROJECT ' : '';
  return `Raise it: kiln limits set ${whose}${name}=VALUE`;
}
