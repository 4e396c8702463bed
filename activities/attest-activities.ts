import { log } from '@temporalio/activity';
import type { Attestations } from '../src/ports/attestations.js';
import type { AttestActivities } from '../workflows/activity-types.js';
import { beating } from './beating.js';
import { mapped } from './failure.js';

const HEARTBEAT_MS = 5_000;

export interface AttestDeps {
  readonly attestBuild: (buildId: string, signal: AbortSignal) => Promise<void>;
  readonly attestations: Pick<Attestations, 'end'>;
}

/** What the controller does to sign what builds have made. */
export function createAttestActivities({ attestBuild, attestations }: AttestDeps): AttestActivities {
  return {
    attestBuild: ({ buildId }) => beating(HEARTBEAT_MS, (signal) => attestBuild(buildId, signal)),
    giveUpAttesting: ({ buildId, reason }) =>
      mapped(async () => {
        log.warn('the provenance of a build could not be put beside its image', {
          build_id: buildId,
          reason,
        });
        await attestations.end(buildId, { state: 'failed', reason });
      }),
  };
}
