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
  /** Accepts such a build; `orders` tell the engine what to do. */
  accept(orders?: Record<string, string>): Promise<Build>;
  /** Resolves when the predicate holds for the build. */
  until(buildId: string, holds: (build: Build) => boolean): Promise<Build>;
  log(buildId: string): Promise<string>;
  /** Stops api and controller; supervisor, worker and their runs go on. */
  stopControlPlane(): Promise<void>;
  startControlPlane(): Promise<void>;
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
  const running = new Map<KilnProcess.KilnProcessName, RunningService<'http'>>();
  const start = async (
    name: KilnProcess.KilnProcessName,
    settings: Record<string, string>,
    port?: number,
  ): Promise<number> => {
    const sub = name === 'api' || name === 'controller' ? name : 'host';
    const given = {
      KILN_CONFIG_FILE: join(setupFolder, sub, 'kiln.env'),
      KILN_REGISTRY: registry,
      KILN_INSECURE_REGISTRIES: registry,
      ...settings,
    };
    const service = await startKilnProcess({ stateFolder, log: () => undefined }, name, given, port);
    running.set(name, service);
    return service.ports.http;
  };
  const stop = async (names = [...running.keys()]): Promise<void> => {
    for (const name of names.reverse()) await running.get(name)?.stop();
  };
  const data = { KILN_DATA_DIR: join(stateFolder, 'data') };
  const startControlPlane = async (port?: number): Promise<number> => {
    const apiPort = await start('api', data, port);
    await start('controller', data);
    return apiPort;
  };
  const socket = { KILN_SUPERVISOR_SOCKET: join(setupFolder, 's.sock'), KILN_DRAIN_SECONDS: '0' };
  let apiUrl: string;
  try {
    apiUrl = `http://127.0.0.1:${await startControlPlane()}`;
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
  const send = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${readFileSync(join(setupFolder, 'secrets', 'api-token'), 'utf8')}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
    (await (await send(method, path, body)).json()) as T;
  const accept: RunningProcesses['accept'] = async (orders = {}) => {
    await call('POST', '/v1/projects', { slug: 'apart' });
    return call<Build>('POST', '/v1/projects/apart/builds', {
      source: { kind: 'inline' },
      options: { dockerfile_inline: 'FROM scratch', build_args: orders },
    });
  };
  const until: RunningProcesses['until'] = async (buildId, holds) => {
    for (let tries = 0; ; tries += 1) {
      const build = await call<Build>('GET', `/v1/builds/${buildId}`);
      if (holds(build) || tries === 1200) return build;
      await sleep(100);
    }
  };
  return {
    stop: () => stop(),
    accept,
    until,
    build: async () => until((await accept()).id, hasEnded),
    log: async (buildId) => (await send('GET', `/v1/builds/${buildId}/log`)).text(),
    stopControlPlane: () => stop(['api', 'controller']),
    startControlPlane: async () => void (await startControlPlane(Number(new URL(apiUrl).port))),
  };
}

function hasEnded({ status }: Build): boolean {
  return ['success', 'failed', 'cancelled'].includes(status);
}
