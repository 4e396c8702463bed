import type { Build } from '../../../contracts/builds.js';
import type { GateDecision } from '../../../domain/gates/gate-status.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { ApiDeps } from '../../deps.js';

export type GateDeps = Pick<ApiDeps, 'gates' | 'workflows' | 'events'>;

/** The stored decision is the message; the signal only makes it quick, and the outbox repeats it. */
export async function decide(
  { gates, workflows, events }: GateDeps,
  caller: TenantContext,
  decided: { readonly buildId: string; readonly decision: GateDecision; readonly why: string | null },
): Promise<Build> {
  const build = await gates.decide(caller, decided);
  const { buildId, decision } = decided;
  events.gateDecided({ buildId, decision });
  workflows
    .signalDecision(buildId, decision)
    .catch((error: unknown) => events.decisionSignalDeferred({ buildId, error }));
  return build;
}
