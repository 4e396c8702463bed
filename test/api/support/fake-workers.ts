import { EXAMPLE_WORKER, EXAMPLE_WORKER_PAGE } from '../../../src/contracts/workers.js';
import { KilnError } from '../../../src/domain/errors.js';
import type { TenantContext } from '../../../src/ports/stores.js';
import type { WorkerStore } from '../../../src/ports/workers.js';
import { TENANT } from './records.js';

/** One worker of the good token's tenant; what is asked of it is written down. */
export function fakeWorkers(effects: { name: string; input: unknown }[]): WorkerStore {
  const find = async ({ tenantId }: TenantContext, name: string): Promise<void> => {
    if (tenantId !== TENANT.tenantId || name !== EXAMPLE_WORKER.name) throw new KilnError('not_found');
  };
  return {
    list: () => Promise.resolve([EXAMPLE_WORKER]),
    get: async (tenant, name) => (await find(tenant, name), EXAMPLE_WORKER_PAGE),
    add: async ({ isOperator }, worker) => {
      effects.push({ name: 'addWorker', input: { ...worker, isOperator } });
      return { worker: { ...EXAMPLE_WORKER, name: worker.name }, token: 'kilnw_new' };
    },
    schedule: async (owner, name, scheduling) => (await find(owner, name), { ...EXAMPLE_WORKER, scheduling }),
    remove: async (owner, name, options) => {
      await find(owner, name);
      effects.push({ name: 'removeWorker', input: options });
    },
  };
}
