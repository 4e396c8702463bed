import type { listWeights as listOperation, setWeight as setOperation } from '../../../contracts/weights.js';
import { KilnError } from '../../../domain/errors.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

type WeightDeps = Pick<ApiDeps, 'projects' | 'operatorTenants' | 'weights'>;

export function listWeights(deps: WeightDeps): Handler<typeof listOperation> {
  return async ({ caller }) => {
    await requireOperator(deps, caller);
    return { status: 200, body: { items: await deps.weights.list(caller) } };
  };
}

export function setWeight(deps: WeightDeps): Handler<typeof setOperation> {
  return async ({ caller, params, body }) => {
    await requireOperator(deps, caller);
    return { status: 200, body: { items: await deps.weights.set(caller, params.tenant, body.weight) } };
  };
}

/** Weights are what tenants have against each other: none may give itself one. */
async function requireOperator(
  { projects, operatorTenants }: WeightDeps,
  caller: TenantContext,
): Promise<void> {
  if (operatorTenants.includes(await projects.tenantSlug(caller))) return;
  throw new KilnError('forbidden', {
    message:
      'Weights are for operators: KILN_OPERATOR_TENANTS of the api names the tenants whose tokens may see and give them.',
  });
}
