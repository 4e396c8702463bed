import { putOutboxForLater } from '../outbox-row.js';
import type { Tx } from '../database.js';
import { NOW } from '../times.js';

/** Asks for the provenance of a build that succeeds in this transaction: nothing of the build waits for it. */
export async function requestAttestation(
  tx: Tx,
  build: { readonly id: string; readonly tenant_id: string },
): Promise<void> {
  await tx
    .insertInto('build_attestations')
    .values({
      build_id: build.id,
      tenant_id: build.tenant_id,
      state: 'pending',
      requested_at: NOW,
    })
    .execute();
  await putOutboxForLater(tx, build.tenant_id, { kind: 'attest_build', buildId: build.id });
}
