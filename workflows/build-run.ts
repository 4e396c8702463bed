import {
  condition,
  proxyLocalActivities,
  setCurrentDetails,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { TerminalStatus } from '../src/domain/builds/status.js';
import type { LeaseRef } from '../src/domain/dispatch/lease.js';
import { CLEANUP_OPTIONS, CONTROL_OPTIONS, QUEUE_RECHECK_MS } from './activity-options.js';
import type { ControlActivities } from './activity-types.js';
import { runAttempt } from './attempt.js';
import type { BuildOutput, Ending, LeaseAnswer } from './contract.js';
import { SEARCH_ATTRIBUTES } from './contract.js';
import { failureCode } from './failure-code.js';

const control = proxyLocalActivities<ControlActivities>(CONTROL_OPTIONS);
const tidy = proxyLocalActivities<ControlActivities>(CLEANUP_OPTIONS);

type Acquired = Exclude<LeaseAnswer, { kind: 'waiting' | 'held' }> | { readonly kind: 'queue_timeout' };

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

  /** What a person reads of an open build in the Web UI of Temporal. Kept nowhere: a query asks the workflow. */
  tell(doing: string): void {
    setCurrentDetails(doing);
  }

  async execute(): Promise<BuildOutput> {
    for (;;) {
      const acquired = await this.acquire();
      switch (acquired.kind) {
        case 'ended':
          return this.close(acquired.status);
        case 'cancelled': {
          const output = await this.end({ kind: 'cancelled' }, acquired.lease);
          if (output !== null) return output;
          break;
        }
        case 'refused': {
          const output = await this.end({ kind: 'not_approved' }, null);
          if (output !== null) return output;
          break;
        }
        case 'queue_timeout': {
          const output = await this.end({ kind: 'queue_timeout' }, null);
          if (output !== null) return output;
          break;
        }
        case 'granted': {
          upsertSearchAttributes({ [SEARCH_ATTRIBUTES.status]: ['in_progress'] });
          const ending = await runAttempt(this, acquired);
          const output = ending === null ? null : await this.end(ending, acquired.lease);
          if (output !== null) return output;
          upsertSearchAttributes({ [SEARCH_ATTRIBUTES.status]: ['queued'] });
        }
      }
    }
  }

  /** Waits for a lease, or at a gate. A signal only says that something changed; the answer always comes from the row. */
  private async acquire(): Promise<Acquired> {
    for (;;) {
      const seen = this.doorbells;
      const answer = await control.requestLease({ buildId: this.buildId });
      if (answer.kind !== 'waiting' && answer.kind !== 'held') return answer;
      if (this.cancelRequested) return { kind: 'cancelled', lease: null };
      if (answer.kind === 'held') {
        this.tell('Held at its gate: waits for an approval.');
        const waitMs = Math.max(1, answer.waitMs);
        const rang = await condition(() => this.cancelRequested || this.doorbells > seen, waitMs, {
          summary: 'time for an approval',
        });
        if (!rang) return { kind: 'refused' };
        continue;
      }
      this.tell('Waits for a slot. `kiln show` says what it waits for.');
      const waitMs = Math.min(answer.waitMs ?? QUEUE_RECHECK_MS, QUEUE_RECHECK_MS);
      const rang = await condition(() => this.cancelRequested || this.doorbells > seen, waitMs, {
        summary: 'longest wait in the queue, looked at every ten minutes',
      });
      if (!rang && answer.waitMs !== null && answer.waitMs <= waitMs) return { kind: 'queue_timeout' };
    }
  }

  /**
   * Records first, releases after: the slot is busy until the truth is written. Null when the record is refused because the build
   * belongs to a newer attempt: then the row is asked again.
   */
  private async end(ending: Ending, lease: LeaseRef | null): Promise<BuildOutput | null> {
    const { buildId } = this;
    this.tell(`Writes its record: ${ending.kind}.`);
    try {
      const { status } = await control.recordBuild({ buildId, lease, ending });
      if (lease !== null) await control.releaseLease(lease);
      return await this.close(status);
    } catch (error) {
      if (failureCode(error) === 'stale_fence') return null;
      throw error;
    }
  }

  /** The status is known and shown; what is left over is tidied up as far as the registry lets us. */
  private async close(status: TerminalStatus): Promise<BuildOutput> {
    upsertSearchAttributes({ [SEARCH_ATTRIBUTES.status]: [status] });
    this.tell(`Ended: ${status}. What it left in staging is removed.`);
    await tidy.cleanUp({ buildId: this.buildId }).catch(() => undefined);
    return { status };
  }
}
