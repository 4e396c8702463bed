import { rm } from 'node:fs/promises';
import path from 'node:path';
import { createSupervisorClient, type SupervisorClient } from '../../src/adapters/supervisor/client.js';
import type { SupervisorDeps, SupervisorLimits } from '../../src/supervisor/deps.js';
import { createSupervisor, type SupervisorProcess } from '../../src/supervisor/supervisor.js';
import { compiledSource } from './compiled-sources.js';
import type { FakeControlPlane, FakeLease } from './fake-control-plane.js';
import { shortFolder, stopAllRuns, supervisedDeps } from './supervised.js';

/** A supervisor in the test's own process, with the stub engine and a folder of its own. */
export class OwnSupervisor {
  readonly folder = shortFolder();
  readonly client: SupervisorClient = createSupervisorClient({ socketPath: `${this.folder}/s.sock` });
  #running: SupervisorProcess | null = null;

  constructor(private readonly api: FakeControlPlane) {}

  async start(limits: Partial<SupervisorLimits> = {}, more: Partial<SupervisorDeps> = {}): Promise<void> {
    const deps = supervisedDeps({
      apiUrl: this.api.url,
      registryHost: this.api.registryHost,
      folder: this.folder,
      shimPath: compiledSource('src/runners/local/shim.ts'),
      scriptPath: compiledSource('src/engines/stub/script.ts'),
      limits,
    });
    const supervisor = createSupervisor({ ...deps, ...more });
    await supervisor.start();
    this.#running = supervisor;
  }

  journalOf({ ref }: FakeLease): string {
    return path.join(this.folder, 'state/runs', `${ref.buildId}-${ref.attempt}`);
  }

  runFolderOf(lease: FakeLease): string {
    return path.join(this.journalOf(lease), 'run');
  }

  /** Stops the supervisor and what it has left behind. */
  async end(): Promise<void> {
    await this.#running?.stop();
    await stopAllRuns(this.folder);
    await rm(this.folder, { recursive: true, force: true });
  }
}
