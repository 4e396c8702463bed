import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../../../workflows/contract.js';

/** temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD */
const KEYWORD = 2;
/** gRPC status ALREADY_EXISTS. */
const ALREADY_EXISTS = 6;

/** Registers Kiln's namespace and search attributes on any Temporal cluster. Repeatable: what exists is left as it is. */
export async function setupTemporal(connection: Connection, namespace: string): Promise<void> {
  await unlessItExists(() =>
    connection.workflowService.registerNamespace({
      namespace,
      description: 'Kiln: builds of container images',
      workflowExecutionRetentionPeriod: msToTs('72h'),
    }),
  );
  const known = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(SEARCH_ATTRIBUTES).filter((name) => !(name in known.customAttributes));
  if (missing.length === 0) return;
  await unlessItExists(() =>
    connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    }),
  );
}

async function unlessItExists(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if ((error as { code?: number }).code !== ALREADY_EXISTS) throw error;
  }
}
