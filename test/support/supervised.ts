import { mkdtempSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createControlPlaneClient } from '../../src/adapters/control-plane/client.js';
import type { Engine } from '../../src/ports/engine.js';
import { createLocalRunner } from '../../src/runners/local/local-runner.js';
import { createStubEngine } from '../../src/engines/stub/engine.js';
import { BaseSecrets } from '../../src/supervisor/base-secrets.js';
import type { SupervisorDeps, SupervisorLimits } from '../../src/supervisor/deps.js';
import { inspectOverHttp } from './fake-registry.js';

/** What a test supervisor is made of; everything else is the same for all of them. */
export interface SupervisedOptions {
  readonly apiUrl: string;
  readonly registryHost: string;
  readonly folder: string;
  readonly shimPath: string;
  readonly scriptPath: string;
  readonly limits?: Partial<SupervisorLimits>;
}

/** Dependencies of a supervisor with the stub engine and the local runner. */
export function supervisedDeps(options: SupervisedOptions): SupervisorDeps {
  const silent = () => {};
  return {
    controlPlane: createControlPlaneClient({
      url: options.apiUrl,
      workerToken: 'worker',
      hostId: '00000000-0000-4000-8000-000000000003',
      timeoutMs: 2000,
    }),
    runner: createLocalRunner({ shimPath: options.shimPath }),
    engineFor: () => createStubEngine({ scriptPath: options.scriptPath }) as unknown as Engine,
    readBuildFile: () => Promise.resolve(null),
    fetchGit: () => Promise.reject(new Error('this test has no git')),
    registryFor: () => ({
      inspect: inspectOverHttp,
      head: () => Promise.resolve(null),
      told: () => Promise.resolve({ envVars: [], history: [] }),
    }),
    baseSecrets: new BaseSecrets('linux/amd64'),
    registryMirrors: [],
    refuseRegistry: () => Promise.resolve(),
    unpackContext: () => Promise.resolve(),
    checkDockerfile: () =>
      Promise.resolve({ text: '', baseImage: null, registries: [], images: [], sourceHosts: [] }),
    host: {
      programs: {},
      buildkitAddress: null,
      egressGroupId: null,
      registryMirrors: [],
      insecureRegistries: [options.registryHost],
      registryCertificates: {},
      proxyVariables: {},
      passesProxies: false,
      runNetwork: 'none',
    },
    buildkits: null,
    log: { info: silent, warn: silent, error: silent },
    stateFolder: path.join(options.folder, 'state'),
    socketPath: path.join(options.folder, 's.sock'),
    freeBytes: () => Promise.resolve(null),
    offer: { slots: 2, methods: ['buildx'], zone: null, labels: {} },
    limits: {
      ...{ retryFirstMs: 10, retryMaxMs: 200, sendEveryMs: 50, chunkWaitMs: 50 },
      // Most tests are the worker themselves and attach nothing.
      ...{ workerAwayMs: 600_000, workerGoneMs: 600_000 },
      ...options.limits,
    },
  };
}

/** Ends the processes that a stopped supervisor has left to the next one. */
export async function stopAllRuns(folder: string): Promise<void> {
  const runs = path.join(folder, 'state/runs');
  const names = await readdir(runs).catch(() => []);
  const runner = createLocalRunner();
  await Promise.all(names.map((name) => runner.stop(path.join(runs, name, 'run'), 0)));
}

/** A short folder: a unix socket's path has a hundred bytes. */
export function shortFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'kiln-'));
}
