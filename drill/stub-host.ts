import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as KeepAlive from '../src/embedded/keep-alive.js';
import type * as KilnProcess from '../src/embedded/kiln-process.js';
import type { RunningService } from '../src/embedded/services/service.js';
import { secretPath, writeSecret } from '../src/embedded/state.js';
import type { OwnKiln } from './own-kiln.js';
import { signalOne } from './own-kiln.js';

type Part = 'supervisor' | 'worker';

/** A build host of the drill's own beside the one of `kiln up`: supervisor and worker with the stub engine, started again when they end. */
export class StubHost {
  #kept: Partial<Record<Part, KeepAlive.KeptService<RunningService<'http'>>>> = {};

  constructor(
    private readonly kiln: OwnKiln,
    readonly workerId: string,
    private readonly token: string,
    private readonly slots: number,
    readonly folder: string,
  ) {}

  /** Starts what was not started yet, or was lost. */
  async start(): Promise<void> {
    await writeSecret(this.folder, 'worker-token', this.token);
    // Of the Kiln that is drilled: their files lie beside these.
    const load = async (file: string): Promise<unknown> =>
      import(pathToFileURL(join(this.kiln.root, 'dist/src/embedded', file)).href);
    const { keepAlive } = (await load('keep-alive.js')) as typeof KeepAlive;
    const { startKilnProcess } = (await load('kiln-process.js')) as typeof KilnProcess;
    for (const part of ['supervisor', 'worker'] as const) {
      if (this.#kept[part] !== undefined) continue;
      this.#kept[part] = await keepAlive(
        () =>
          startKilnProcess({ stateFolder: this.folder, log: () => undefined }, part, this.#settings()[part]),
        () => undefined,
      );
    }
  }

  pidOf(part: Part): number | null {
    const pid = this.#kept[part]?.current().pid;
    return pid !== undefined && isOf(pid, this.folder) ? pid : null;
  }

  /** SIGSTOP or SIGCONT to supervisor and worker; the runs go on. */
  signalBoth(signal: 'SIGSTOP' | 'SIGCONT'): void {
    for (const part of ['supervisor', 'worker'] as const) {
      const pid = this.#kept[part]?.current().pid;
      if (pid !== undefined) signalOne(pid, signal);
    }
  }

  /** Everything on the host dies, and nothing starts again until `start`. */
  async lose(): Promise<void> {
    const kept = Object.values(this.#kept);
    this.#kept = {};
    const stopped = Promise.all(kept.map((service) => service.stop()));
    for (const pid of processesOf(this.folder)) signalOne(pid, 'SIGKILL');
    await stopped;
    for (const pid of processesOf(this.folder)) signalOne(pid, 'SIGKILL');
  }

  /** The supervisor alone dies, and stays away until `start`; the worker process goes on, and so do the runs. */
  async loseSupervisor(): Promise<void> {
    const kept = this.#kept.supervisor;
    if (kept === undefined) return;
    delete this.#kept.supervisor;
    const { pid } = kept.current();
    const stopped = kept.stop();
    signalOne(pid, 'SIGKILL');
    await stopped;
  }

  async stop(): Promise<void> {
    this.signalBoth('SIGCONT');
    await this.#kept.worker?.stop();
    await this.#kept.supervisor?.stop();
    for (const pid of processesOf(this.folder)) signalOne(pid, 'SIGKILL');
  }

  #settings(): Record<Part, Record<string, string>> {
    const { access, temporalAddress } = this.kiln;
    const both = {
      KILN_SLOTS: String(this.slots),
      KILN_SUPERVISOR_SOCKET: join(this.folder, 's.sock'),
      KILN_INSECURE_REGISTRIES: access.registry,
    };
    return {
      supervisor: {
        ...both,
        KILN_API_URL: access.api_url,
        KILN_WORKER_TOKEN_FILE: secretPath(this.folder, 'worker-token'),
        KILN_STATE_DIR: join(this.folder, 'supervisor'),
        KILN_STUB_ENGINE: 'true',
      },
      worker: {
        ...both,
        KILN_TEMPORAL_ADDRESS: temporalAddress,
        KILN_TEMPORAL_NAMESPACE: 'kiln',
        KILN_WORKER_ID: this.workerId,
      },
    };
  }
}

/** Processes that were started for this folder or work in it. */
export function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && isOf(pid, folder));
}

/** What tells whose a process is: arguments, folder, environment. */
export function tracesOf(pid: number): string[] {
  const reads = [
    () => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '),
    () => `${readlinkSync(`/proc/${pid}/cwd`)}/`,
    () => readFileSync(`/proc/${pid}/environ`, 'utf8').replaceAll('\0', ' '),
  ];
  return reads.map((read) => {
    try {
      return read();
    } catch {
      return '';
    }
  });
}

function isOf(pid: number, folder: string): boolean {
  return tracesOf(pid).some((trace) => trace.includes(`${folder}/`));
}
