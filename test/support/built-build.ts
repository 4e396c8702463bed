import type { InspectedImage } from '../../src/domain/builds/outcome.js';
import type { LeaseRef } from '../../src/domain/dispatch/lease.js';
import { createDispatcher } from '../../src/storage/dispatch/dispatcher.js';
import { anOutcome, finish, takeUp } from './builds.js';
import type { FreshDatabase } from './database.js';

/** Has a build granted to a worker, taken up there and ended with an image in staging: next it is published. Gives its lease. */
export async function buildImage(
  db: FreshDatabase,
  buildId: string,
  { workerId }: { readonly workerId: string },
  image: InspectedImage,
): Promise<LeaseRef> {
  const answer = await createDispatcher(db.controller).requestLease(buildId);
  if (answer.kind !== 'granted') throw new Error(`expected a grant, got ${answer.kind}`);
  const { holder } = await takeUp(db, workerId, answer.lease);
  await finish(db, holder, anOutcome({ image }));
  return answer.lease;
}
