import type { RunDeps } from './deps.js';
import type { Journal } from './journal.js';

/** Before the report: whoever hears that the run is over finds nothing of it at the builder, which keeps what steps have printed as it was. Never fails. */
export async function removeBuildRecords(deps: RunDeps, journal: Journal): Promise<void> {
  if (journal.state.plan === null) return;
  const { build_method: method, tenant_id: tenantId } = journal.grant.run;
  const { trust } = journal;
  await deps.removeBuildRecords?.({ method, tenantId, trust }).catch((error: unknown) => {
    deps.log.warn(
      { ...journal.lease, error: String(error) },
      'the records of the builder could not be removed',
    );
  });
}

/** Beside the delivery of an ending that is in the journal. What it leaves, `removeRemains` takes. Never fails. */
export async function removeWork(journal: Journal): Promise<void> {
  await journal.removeWork().catch(() => {});
}

/** What cannot be removed must not spoil a result that is stored already. Never fails. */
export async function removeRemains(deps: RunDeps, journal: Journal): Promise<void> {
  await journal.removeRemains().catch((error: unknown) => {
    deps.log.error({ ...journal.lease, error: String(error) }, 'a workspace could not be removed');
  });
}
