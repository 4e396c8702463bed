import type { Limits } from '../../contracts/limits.js';
import type { LimitOrigin } from '../../domain/limits/effective-limits.js';
import { formatLimit } from '../../domain/limits/limit-units.js';
import type { Style } from '../terminal/style.js';
import { tableLines } from '../terminal/table.js';

const PLACES: Readonly<Record<LimitOrigin, string>> = {
  project: 'project',
  tenant: 'tenant',
  installation: 'installation',
  built_in: 'built in',
};

type Shown = Pick<Limits['limits'][number], 'name' | 'value' | 'origin'>;

/** How the queue of a tenant works, one setting a line. */
export function queueSettingLines(queue: NonNullable<Limits['queue']>, style: Style): string[] {
  const rows = Object.entries(queue).map(([name, value]) => [name, value === null ? '-' : String(value)]);
  const [head = '', ...lines] = tableLines([['OF THE QUEUE', 'VALUE'], ...rows], Infinity);
  return ['', style.dim(head), ...lines];
}

/** Limits, one a line: name, value, the place that decided it. */
export function limitLines(limits: readonly Shown[], style: Style): string[] {
  const rows = limits.map(({ name, value, origin }) => [name, formatLimit(name, value), PLACES[origin]]);
  const [head = '', ...lines] = tableLines([['LIMIT', 'VALUE', 'FROM'], ...rows], Infinity);
  return [style.dim(head), ...lines];
}
