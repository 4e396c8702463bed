import type { Dispatcher, LeaseAnswer } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { createExpectations } from './note-expected.js';
import { expire } from './expire-leases.js';
import { grantNext } from './grant-next.js';
import { loseAttempt } from './lose-attempt.js';
import { DISPATCH_DEFAULTS, type DispatchOptions, type GrantOptions } from './options.js';
import { recordCleanup } from './record-cleanup.js';
import { release } from './release-lease.js';
import { requestLease } from './request-lease.js';
import { releaseWhatIfs } from './release-what-ifs.js';
import { stagingLeft } from './staging-left.js';
import { tryAgain } from './try-again.js';

/** The controller's side of leases. Needs the role kiln_controller. */
export function createDispatcher(db: Database, given: Partial<DispatchOptions> = {}): Dispatcher {
  const options: DispatchOptions = { ...DISPATCH_DEFAULTS, ...given };
  /** Rings when the work is committed; a doorbell too many does no harm. */
  const ringing = async <T>(work: (options: GrantOptions) => Promise<T>): Promise<T> => {
    if (options.ring === undefined) return work(options);
    const granted: string[] = [];
    const done = await work({ ...options, granted });
    for (const buildId of granted) void ringUnlessAsking(buildId, options.ring);
    return done;
  };
  /** Workflows that wait for an answer, which may have come to be before the grant, or after it. */
  const asking = new Map<string, Promise<LeaseAnswer>>();
  const ringUnlessAsking = async (buildId: string, ring: NonNullable<DispatchOptions['ring']>) => {
    const answer = await asking.get(buildId)?.catch(() => undefined);
    if (answer?.kind !== 'granted') ring([buildId]);
  };
  const expectations = createExpectations(db);
  return {
    grantNext: () => ringing((grants) => grantNext(db, grants)),
    requestLease: async (buildId) => {
      const answering = ringing((grants) => requestLease(db, buildId, grants));
      asking.set(buildId, answering);
      const answer = await answering.finally(() => {
        if (asking.get(buildId) === answering) asking.delete(buildId);
      });
      if (answer.kind === 'waiting') await expectations.note(buildId);
      return answer;
    },
    loseAttempt: (lease) => ringing((grants) => loseAttempt(db, lease, grants)),
    tryAgain: (lease) => ringing((grants) => tryAgain(db, lease, grants)),
    release: (lease) => ringing((grants) => release(db, lease, grants)),
    releaseWhatIfs: (image) => releaseWhatIfs(db, image),
    stagingLeft: (buildId) => stagingLeft(db, buildId),
    expire: () => ringing((grants) => expire(db, grants)),
    recordCleanup: (buildId, status) => recordCleanup(db, buildId, status),
  };
}
