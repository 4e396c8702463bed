import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import type { FoundProgram } from '../programs.js';
import { type RunningService, type ServiceContext, startService } from './service.js';

/** A running registry. `url` is for HTTP clients, `address` (`127.0.0.1:5000`) begins an image reference. */
export interface RunningRegistry extends RunningService<'http'> {
  readonly url: string;
  readonly address: string;
}

/** Starts the CNCF registry on a loopback port, without a login, with its files under `<state>/registry`. */
export async function startRegistry(
  context: ServiceContext & {
    readonly programs: { readonly registry: FoundProgram };
    readonly port?: number;
  },
): Promise<RunningRegistry> {
  const folder = join(context.stateFolder, 'registry');
  const configPath = join(folder, 'config.yml');
  const service = await startService(context, {
    name: 'registry',
    folder,
    portNames: ['http'],
    mustKeepPorts: true,
    ...(context.port === undefined ? {} : { wantedPorts: { http: context.port } }),
    stop: { signal: 'SIGTERM', graceMs: 5_000 },
    readyTimeoutMs: 20_000,
    command: async ({ http }) => {
      await mkdir(join(folder, 'data'), { recursive: true });
      await writeFile(configPath, configuration(join(folder, 'data'), http));
      return {
        file: context.programs.registry.path,
        args: ['serve', configPath],
        env: { OTEL_TRACES_EXPORTER: 'none' },
      };
    },
    probe: async ({ http }) => {
      const response = await fetch(`http://127.0.0.1:${http}/v2/`, { signal: AbortSignal.timeout(2_000) });
      if (response.status !== 200)
        throw new KilnError('service_start_failed', { message: `HTTP ${response.status}` });
    },
  });
  const address = `127.0.0.1:${service.ports.http}`;
  return { ...service, address, url: `http://${address}` };
}

// JSON is YAML, so quoting is no concern. Uploads that a client left unfinished are purged after a day.
function configuration(dataFolder: string, port: number): string {
  return JSON.stringify(
    {
      version: 0.1,
      log: { level: 'warn', accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: dataFolder },
        delete: { enabled: true },
        maintenance: { uploadpurging: { enabled: true, age: '24h', interval: '1h', dryrun: false } },
      },
      http: { addr: `127.0.0.1:${port}` },
    },
    null,
    2,
  );
}
