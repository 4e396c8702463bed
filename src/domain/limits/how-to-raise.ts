import type { EffectiveLimit } from './effective-limits.js';
import { LIMITS, type LimitName } from './limit-table.js';
import { formatLimit } from './limit-units.js';

/** `the limit image_max_bytes (2GiB, set for the project)`, for the message of an error. */
export function namedLimit(name: LimitName, { value, origin }: EffectiveLimit): string {
  const whose = {
    project: 'set for the project',
    tenant: 'set for the tenant',
    installation: 'set for the installation',
    built_in: 'built in',
  };
  return `the limit ${name} (${formatLimit(name, value)}, ${whose[origin]})`;
}

/** `namedLimit` as the end of a sentence, and how to raise it. */
export function limitAndRemedy(name: LimitName, limit: EffectiveLimit): string {
  return `${namedLimit(name, limit)}. ${howToRaise(name, limit)}`;
}

/** One sentence: who raises it, and by which command. */
export function howToRaise(name: LimitName, { value, origin }: EffectiveLimit): string {
  if (value >= LIMITS[name].ceiling) return 'It cannot be raised further.';
  if (origin === 'installation') return `The operator raises it with ${LIMITS[name].variable} of the api.`;
  const whose = origin === 'project' ? '--project PROJECT ' : '';
  return `Raise it: kiln limits set ${whose}${name}=VALUE`;
}
