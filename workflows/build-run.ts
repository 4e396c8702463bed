import { condition, proxyLocalActivities, upsertSearchAttributes } from '@temporalio/workflow';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import { CONTROL_OPTIONS, QUEUE_RECHECK_MS } from './activity-options.js';
import type { ControlActivities } from './activity-types.js';
import { runAttempt } from './attempt.js';
import type { BuildOutput, Ending, LeaseAnswer } from './contract.js';
import { SEARCH_ATTRIBUTES } from './contract.js';

const control = proxyLocalActivities<ControlActivities>(CONTROL_OPTIONS);

type Acquired = Exclude<LeaseAnswer, { kind: 'waiting' }> | { readonly kind: 'queue_timeout' };

/** State of one build workflow: what was signalled, and the loop over attempts. */
export class BuildRun {
  cancelRequested = false;
  /** How often a doorbell rang; a change means: look at the row again. */
  doorbells = 0;

  constructor(readonly buildId: string) {}

  requestCancel(): void {
    this.cancelRequested = true;
  }

  ring(): void {
    this.doorbells += 1;
  }

  async execute(): Promise<BuildOutput> {
    for (;;) {
      const acquired = await this.acquire();
      switch (acquired.kind) {
        case 'ended':
          return { status: acquired.status };
        case 'cancelled':
          return this.end({ kind: 'cancelled' }, acquired.lease);
        case 'queue_timeout':
          return this.end({ kind: 'queue_timeout' }, null);
        case 'granted': {
          upsertSearchAttributes({ [SEARCH_ATTRIBUTES.status]: ['in_progress'] });
          const ending = await runAttempt(this, acquired);
          if (ending !== null) return this.end(ending, acquired.lease);
          upsertSearchAttributes({ [SEARCH_ATTRIBUTES.status]: ['queued'] });
        }
      }
    }
  }

  /** Waits for a lease. A signal only says that something changed; the answer always comes from the row. */
  private async acquire(): Promise<Acquired> {
    for (;;) {
      const seen = this.doorbells;
      const answer = await control.requestLease({ buildId: this.buildId });
      if (answer.kind !== 'waiting') return answer;
      if (this.cancelRequested) return { kind: 'cancelled', lease: null };
      const waitMs = Math.min(answer.waitMs ?? QUEUE_RECHECK_MS, QUEUE_RECHECK_MS);
      const rang = await condition(() => this.cancelRequested || this.doorbells > seen, waitMs);
      if (!rang && answer.waitMs !== null && answer.waitMs <= waitMs) return { kind: 'queue_timeout' };
    }
  }

  /** Records first, releases after: the slot is busy until the truth is written. */
  private async end(ending: Ending, lease: LeaseRef | null): Promise<BuildOutput> {
    const { status } = await control.recordBuild({ buildId: this.buildId, lease, ending });
    if (lease !== null) await control.releaseLease({ buildId: this.buildId, lease });
    return { status };
  }
}
