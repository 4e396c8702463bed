import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Build } from '../../src/contracts/builds.js';
import type * as KilnProcess from '../../src/embedded/kiln-process.js';
import type { RunningService } from '../../src/embedded/services/service.js';

/** Kiln's four processes, each started by itself with what `kiln setup` wrote. */
export interface RunningProcesses {
  /** Runs a build with the engine that builds nothing and gives its last state. */
  build(): Promise<Build>;
  stop(): Promise<void>;
}

export async function startProcesses(given: {
  readonly setupFolder: string;
  readonly registry: string;
}): Promise<RunningProcesses> {
  const { setupFolder, registry } = given;
  // The compiled one, for it starts the files that lie beside it.
  const compiled = new URL('../../dist/src/embedded/kiln-process.js', import.meta.url).href;
  const { startKilnProcess } = (await import(compiled)) as typeof KilnProcess;
  const stateFolder = join(setupFolder, 'state');
  const running: RunningService<'http'>[] = [];
  const start = async (
    name: KilnProcess.KilnProcessName,
    settings: Record<string, string>,
  ): Promise<number> => {
    const sub = name === 'api' || name === 'controller' ? name : 'host';
    const service = await startKilnProcess({ stateFolder, log: () => undefined }, name, {
      KILN_CONFIG_FILE: join(setupFolder, sub, 'kiln.env'),
      KILN_REGISTRY: registry,
      KILN_INSECURE_REGISTRIES: registry,
      ...settings,
    });
    running.push(service);
    return service.ports.http;
  };
  const stop = async (): Promise<void> => {
    for (const service of running.reverse()) await service.stop();
  };
  const socket = { KILN_SUPERVISOR_SOCKET: join(setupFolder, 's.sock') };
  let apiUrl: string;
  try {
    apiUrl = `http://127.0.0.1:${await start('api', { KILN_DATA_DIR: join(stateFolder, 'data') })}`;
    await start('controller', {});
    await start('supervisor', {
      ...socket,
      KILN_API_URL: apiUrl,
      KILN_STATE_DIR: join(stateFolder, 'supervisor'),
      KILN_STUB_ENGINE: 'true',
    });
    await start('worker', socket);
  } catch (error) {
    await stop();
    throw error;
  }
  const token = readFileSync(join(setupFolder, 'secrets', 'api-token'), 'utf8');
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as T;
  };
  return {
    stop,
    async build() {
      await call('POST', '/v1/projects', { slug: 'apart' });
      let build = await call<Build>('POST', '/v1/projects/apart/builds', {
        source: { kind: 'inline' },
        options: { dockerfile_inline: 'FROM scratch' },
      });
      for (let tries = 0; tries < 1200 && !hasEnded(build); tries += 1) {
        await sleep(100);
        build = await call<Build>('GET', `/v1/builds/${build.id}`);
      }
      return build;
    },
  };
}

function hasEnded({ status }: Build): boolean {
  return ['success', 'failed', 'cancelled'].includes(status);
}
