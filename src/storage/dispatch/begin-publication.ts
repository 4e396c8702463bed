import type { PublicationReport } from '../../domain/builds/publication.js';
import { KilnError } from '../../domain/errors.js';
import type { Tx } from '../database.js';
import { requireOpenGate } from '../gates/pass-gate.js';
import { databaseNow } from '../times.js';
import { lockBuild } from './lock-build.js';

/**
 * The fence between a cancel and the first manifest: who has committed this may send it, and a cancel that is acknowledged before keeps it from
 * that (`cancelled`). `illegal_transition` where the gate is not open. Locks the build; whether the lease is held is to be seen after that.
 */
export async function beginPublication(tx: Tx, buildId: string): Promise<void> {
  const build = await lockBuild(tx, buildId);
  if (build.cancel_requested_at !== null) throw new KilnError('cancelled');
  if (build.publish_began_at !== null) return;
  await requireOpenGate(tx, buildId);
  await tx
    .updateTable('builds')
    .set({ publish_began_at: await databaseNow(tx) })
    .where('id', '=', buildId)
    .execute();
}

/** Of one repository. The first time counts: what a later try finds there may have been sent by the one before. */
export async function noteBeginning(
  tx: Tx,
  buildId: string,
  { repository, manifestDigest }: Pick<PublicationReport, 'repository' | 'manifestDigest'>,
  wasThere: boolean,
): Promise<void> {
  await tx
    .updateTable('publications')
    .set({ began_at: await databaseNow(tx), was_there: wasThere })
    .where('build_id', '=', buildId)
    .where('repository', '=', repository)
    .where('manifest_digest', '=', manifestDigest)
    .where('began_at', 'is', null)
    .execute();
}
