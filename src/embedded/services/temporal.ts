import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../../../workflows/contract.js';
import { connectionOptions } from '../../adapters/temporal/connection-options.js';
import type { FoundProgram } from '../programs.js';
import { connectOnce } from './connect-once.js';
import { type RunningService, type ServiceContext, startService } from './service.js';

/** The namespace in which the embedded Temporal keeps Kiln's workflows. */
export const EMBEDDED_NAMESPACE = 'kiln';

const RETENTION = '72h';

/**
 * A shard looks for tasks that were just made 20 times a second, unless said otherwise, and this server has one shard: each hand-over to a worker
 * would wait for up to 50 ms.
 */
const LOOKS_PER_SECOND = {
  'history.transferProcessorMaxPollRPS': '1000',
  'history.timerProcessorMaxPollRPS': '1000',
};

/** A running Temporal server: `address` is for clients and workers, `uiUrl` for people. */
export interface RunningTemporal extends RunningService<'grpc' | 'ui'> {
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
}

/** Starts the Temporal development server with its Web UI on loopback ports, its data in `<state>/temporal`. */
export async function startTemporal(
  context: ServiceContext & {
    readonly programs: { readonly temporal: FoundProgram };
    readonly port?: number;
    readonly uiPort?: number;
    readonly dynamicConfig?: Readonly<Record<string, string>>;
  },
): Promise<RunningTemporal> {
  const folder = join(context.stateFolder, 'temporal');
  const service = await startService(context, {
    name: 'temporal',
    folder,
    portNames: ['grpc', 'ui'],
    wantedPorts: {
      ...(context.port === undefined ? {} : { grpc: context.port }),
      ...(context.uiPort === undefined ? {} : { ui: context.uiPort }),
    },
    stop: { signal: 'SIGTERM', graceMs: 10_000 },
    readyTimeoutMs: 60_000,
    command: async ({ grpc, ui }) => {
      await mkdir(folder, { recursive: true });
      const attributes = Object.values(SEARCH_ATTRIBUTES).flatMap((name) => [
        '--search-attribute',
        `${name}=Keyword`,
      ]);
      const dynamic = Object.entries({ ...LOOKS_PER_SECOND, ...context.dynamicConfig }).flatMap(
        ([key, value]) => ['--dynamic-config-value', `${key}=${value}`],
      );
      return {
        file: context.programs.temporal.path,
        args: [
          ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(grpc), '--ui-port', String(ui)],
          ...['--db-filename', join(folder, 'temporal.db'), '--namespace', EMBEDDED_NAMESPACE],
          // As durable as a rollback journal, with one sync for a commit instead of four.
          ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=full'],
          ...['--log-level', 'warn', '--ui-disable-news-fetch'],
          ...attributes,
          ...dynamic,
        ],
        cwd: folder,
        env: { TEMPORAL_DISABLE_CONFIG_FILE: '1' },
      };
    },
    probe: async ({ grpc }) => {
      // A refused gRPC connection waits a second before it tries again; a plain one answers at once.
      await connectOnce(grpc);
      await setRetention(`127.0.0.1:${grpc}`);
    },
  });
  return {
    ...service,
    address: `127.0.0.1:${service.ports.grpc}`,
    uiUrl: `http://127.0.0.1:${service.ports.ui}`,
    namespace: EMBEDDED_NAMESPACE,
  };
}

// The server makes its namespaces with a retention of one day and has no option for it. A namespace that can be
// changed is one that is ready.
async function setRetention(address: string): Promise<void> {
  const connection = await Connection.connect({ ...connectionOptions(address), connectTimeout: '2s' });
  try {
    await connection.withDeadline(Date.now() + 5_000, () =>
      connection.workflowService.updateNamespace({
        namespace: EMBEDDED_NAMESPACE,
        config: { workflowExecutionRetentionTtl: msToTs(RETENTION) },
      }),
    );
  } finally {
    await connection.close();
  }
}
