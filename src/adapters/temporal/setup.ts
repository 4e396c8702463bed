import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../../../workflows/contract.js';
import { KilnError } from '../../domain/errors.js';
import { connectionOptions } from './connection-options.js';

/** temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD */
const KEYWORD = 2;
/** Statuses of gRPC. */
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const PERMISSION_DENIED = 7;
const UNAUTHENTICATED = 16;
/** A server reads its namespaces anew every ten seconds and knows nothing of a new one until then. */
const NAMESPACE_PATIENCE_MS = 40_000;
const PAUSE_MS = 500;

/** A connection for `setupTemporal`. Throws `setup_failed` when nothing answers at `host:port`. */
export async function connectForSetup(address: string): Promise<Connection> {
  try {
    return await Connection.connect({ ...connectionOptions(address), connectTimeout: '10s' });
  } catch (cause) {
    throw new KilnError('setup_failed', {
      message: `KILN_TEMPORAL_ADDRESS: no Temporal answers at ${address}. See that it runs and that this is its frontend (usually port 7233). (${textOf(cause)})`,
      cause,
    });
  }
}

/**
 * Registers Kiln's namespace and search attributes on any Temporal cluster and returns when they can be used. Repeatable: what
 * exists is left as it is. Throws `setup_failed` when the cluster does not allow it.
 */
export async function setupTemporal(connection: Connection, namespace: string): Promise<void> {
  const names = Object.values(SEARCH_ATTRIBUTES);
  await allowed('namespace', () =>
    connection.workflowService.registerNamespace({
      namespace,
      description: 'Kiln: builds of container images',
      workflowExecutionRetentionPeriod: msToTs('72h'),
    }),
  );
  const missing = await missingAttributes(connection, namespace);
  if (missing.length === 0) return;
  await allowed('search attributes', () =>
    connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    }),
  );
  const deadline = Date.now() + NAMESPACE_PATIENCE_MS;
  while ((await missingAttributes(connection, namespace)).length > 0) {
    if (Date.now() > deadline) {
      throw new KilnError('setup_failed', {
        message: `Temporal does not show the search attributes ${names.join(', ')} of the namespace ${namespace}. Add them with \`temporal operator search-attribute create --type Keyword\`.`,
      });
    }
    await sleep(PAUSE_MS);
  }
}

/** The search attributes that the namespace lacks; waits for a namespace that was registered just now. */
async function missingAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const deadline = Date.now() + NAMESPACE_PATIENCE_MS;
  for (;;) {
    try {
      await connection.workflowService.describeNamespace({ namespace });
      const known = await connection.operatorService.listSearchAttributes({ namespace });
      return Object.values(SEARCH_ATTRIBUTES).filter((name) => !(name in (known.customAttributes ?? {})));
    } catch (error) {
      if (codeOf(error) !== NOT_FOUND || Date.now() > deadline) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Makes a thing unless it is there, or says that somebody else has to. */
async function allowed(what: string, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (cause) {
    const code = codeOf(cause);
    if (code === ALREADY_EXISTS) return;
    if (code !== PERMISSION_DENIED && code !== UNAUTHENTICATED) throw cause;
    throw new KilnError('setup_failed', {
      message: `Temporal does not let this client make the ${what}. Let an administrator of the cluster make it. (${textOf(cause)})`,
      cause,
    });
  }
}

function codeOf(error: unknown): number | undefined {
  return (error as { code?: number }).code;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
