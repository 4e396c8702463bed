import type { Build } from '../../../contracts/builds.js';
import { KilnError } from '../../../domain/errors.js';

/** `log_removed` with since when and by which rule, for a build whose log retention has taken: an empty log would be a lie. */
export function refuseRemovedLog({ project, build_number: number, removal }: Build): void {
  if (removal === null) return;
  const since = removal.removed_at.slice(0, 16).replace('T', ' ');
  throw new KilnError('log_removed', {
    message: `The log of ${project}#${String(number)} has been removed by retention since ${since} UTC: ${removal.because}.`,
  });
}
