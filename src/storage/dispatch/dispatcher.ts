import type { Dispatcher } from '../../ports/dispatch.js';
import type { Database } from '../database.js';
import { createExpectations } from './note-expected.js';
import { expire } from './expire-leases.js';
import { grantNext } from './grant-next.js';
import { loseAttempt } from './lose-attempt.js';
import { DISPATCH_DEFAULTS, type DispatchOptions } from './options.js';
import { recordCleanup } from './record-cleanup.js';
import { release } from './release-lease.js';
import { requestLease } from './request-lease.js';
import { stagingLeft } from './staging-left.js';
import { tryAgain } from './try-again.js';

/** The controller's side of leases. Needs the role kiln_controller. */
export function createDispatcher(db: Database, given: Partial<DispatchOptions> = {}): Dispatcher {
  const options = { ...DISPATCH_DEFAULTS, ...given };
  const expectations = createExpectations(db);
  return {
    grantNext: () => grantNext(db, options),
    requestLease: async (buildId) => {
      const answer = await requestLease(db, buildId, options);
      if (answer.kind === 'waiting') await expectations.note(buildId);
      return answer;
    },
    loseAttempt: (lease) => loseAttempt(db, lease, options),
    tryAgain: (lease) => tryAgain(db, lease, options),
    release: (lease) => release(db, lease, options),
    stagingLeft: (buildId) => stagingLeft(db, buildId),
    expire: () => expire(db, options),
    recordCleanup: (buildId, status) => recordCleanup(db, buildId, status),
  };
}
