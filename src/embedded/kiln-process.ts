import { fileURLToPath } from 'node:url';
import { KilnError } from '../domain/errors.js';
import { bucketEnvironment, traceEnvironment } from './services/service-environment.js';
import { type RunningService, type ServiceContext, startService } from './services/service.js';

/** The processes of Kiln itself. */
export type KilnProcessName = 'api' | 'controller' | 'supervisor' | 'worker';

/** The program of a process, in the bundle that `bin/bundle-programs.mjs` makes of it. */
export function programFile(name: KilnProcessName): string {
  return fileURLToPath(new URL(`../../bundles/${name}.js`, import.meta.url));
}

/**
 * Starts one of Kiln's processes and returns when its /healthz answers. Its configuration goes by environment; secrets among it by
 * the names of files.
 */
export function startKilnProcess(
  context: ServiceContext,
  name: KilnProcessName,
  settings: Readonly<Record<string, string>>,
  port?: number,
): Promise<RunningService<'http'>> {
  return startService(context, {
    name,
    folder: context.stateFolder,
    portNames: ['http'],
    ...(port === undefined ? {} : { wantedPorts: { http: port } }),
    stop: { signal: 'SIGTERM', graceMs: 15_000 },
    readyTimeoutMs: 30_000,
    command: ({ http }) => ({
      file: process.execPath,
      args: ['--enable-source-maps', programFile(name)],
      env: {
        ...bucketEnvironment(name, settings, process.env),
        ...traceEnvironment(name, process.env),
        ...settings,
        KILN_PORT: String(http),
        NODE_ENV: 'production',
      },
    }),
    probe: async ({ http }) => {
      const response = await fetch(`http://127.0.0.1:${http}/healthz`, {
        signal: AbortSignal.timeout(2_000),
      });
      if (!response.ok) throw new KilnError('service_start_failed', { message: `HTTP ${response.status}` });
    },
  });
}
