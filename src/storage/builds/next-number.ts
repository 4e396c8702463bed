import type { Trust } from '../../domain/builds/trust.js';
import { KilnError } from '../../domain/errors.js';
import type { GatePolicy } from '../../domain/gates/gate-policy.js';
import type { Tx } from '../database.js';

/** A project with the number of its next build. */
export interface NumberedProject {
  readonly id: string;
  readonly slug: string;
  readonly image_repository: string;
  readonly destinations: readonly string[];
  readonly gate: GatePolicy | null;
  readonly number: number;
  readonly trust: Trust;
}

/** Takes a build number; not_found for an unknown project. The row's lock is held until the commit, so numbers have no gaps and no doubles. */
export async function nextNumber(tx: Tx, projectId: string): Promise<NumberedProject> {
  const project = await tx
    .updateTable('projects')
    .set((eb) => ({ last_build_number: eb('last_build_number', '+', 1) }))
    .where('id', '=', projectId)
    .returning(['id', 'slug', 'image_repository', 'destinations', 'gate', 'trust'])
    .returning('last_build_number as number')
    .executeTakeFirst();
  if (project === undefined) throw new KilnError('not_found', { message: 'There is no such project.' });
  return project;
}
