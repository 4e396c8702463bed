import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeFolder } from '../src/embedded/remove-folder.js';
import { isSameProcess } from '../src/embedded/process-identity.js';
import { postgresDataFolder } from '../src/embedded/services/postgres-folder.js';
import type { CliAccess } from '../src/embedded/state.js';
import type { UpMessage } from '../src/main/up-messages.js';
import { DrillDatabase } from './database.js';

interface ServiceFile {
  readonly process?: { readonly pid: number; readonly startTime: string };
  readonly ports: Readonly<Record<string, number>>;
}

/** A Kiln that is starting ends when it has started. */
const STOP_TIMEOUT_MS = 45_000;

/** The Kiln of a drill: `kiln up` of the folder `root` with a state folder of its own, which can be killed as a whole and started again. */
export class OwnKiln {
  readonly db: DrillDatabase;
  #child: ChildProcess | null = null;
  #access: CliAccess | null = null;
  #output = '';
  #startsNoMore = false;

  constructor(
    readonly root: string,
    readonly stateFolder: string,
    private readonly settings: Readonly<Record<string, string>>,
  ) {
    this.db = new DrillDatabase(stateFolder, () => this.#file('postgres')?.ports['sql'] ?? 0);
  }

  /** Where it is reached since it was last started. */
  get access(): CliAccess {
    if (this.#access === null) throw new Error('The Kiln of the drill was not started.');
    return this.#access;
  }

  get temporalAddress(): string {
    return `127.0.0.1:${this.#file('temporal')?.ports['grpc'] ?? 0}`;
  }

  /** Starts it; resolves when everything is up. Raises with what it has said when it ends instead. */
  async start(): Promise<void> {
    if (this.#startsNoMore) throw new Error('The drill is over.');
    const child = fork(
      join(this.root, 'bin/kiln.cjs'),
      ['up', '--state', this.stateFolder, '--methods', 'buildx'],
      {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        // In a group of its own Ctrl-C does not reach it: it takes a second signal for the wish to end at once, with all left.
        detached: true,
        env: { ...process.env, KILN_SYFT_PATH: '/no/syft', ...this.settings },
      },
    );
    this.#child = child;
    child.stderr?.on('data', (data) => (this.#output += String(data)));
    this.#access = await new Promise<CliAccess>((resolve, reject) => {
      child.on('message', (message: UpMessage) => {
        if (message.kind === 'ready') resolve(message.access);
        if (message.kind === 'failed') reject(new Error(message.message));
      });
      child.once('exit', () => reject(new Error(`kiln up ended: ${this.#output.slice(-2_000)}`)));
    });
  }

  /** The process of a service as it is written down, when it runs; `buildkit` is the one of the first tenant. */
  pidOf(service: string): number | null {
    const known = this.#file(service)?.process;
    return known !== undefined && isSameProcess(known) ? known.pid : null;
  }

  /** SIGKILL to `kiln up`, then to everything that it had started, runs and builders among it. */
  async killWhole(): Promise<void> {
    const child = this.#child;
    const exited = new Promise<void>((resolve) => child?.once('exit', () => resolve()));
    child?.kill('SIGKILL');
    await exited;
    this.#killServices();
    await this.db.close();
  }

  /** From now on `start` is refused. */
  startNoMore(): void {
    this.#startsNoMore = true;
  }

  /** Ends it in order; with everything that it had started when that takes too long, or when it was killed before. */
  async stop(): Promise<void> {
    const child = this.#child;
    await this.db.close();
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      await Promise.race([exited, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
      child.kill('SIGKILL');
      await exited;
    }
    this.#killServices();
  }

  /** Removes its state, of a Kiln that was stopped. */
  async remove(): Promise<void> {
    const database = dirname(dirname(await postgresDataFolder(this.stateFolder)));
    await removeFolder(this.stateFolder);
    // As root the data lie elsewhere where PostgreSQL's user cannot walk into the state folder.
    if (database.startsWith('/var/lib/kiln/')) await rm(database, { recursive: true, force: true });
  }

  #killServices(): void {
    for (const name of this.#names()) {
      const pid = this.pidOf(name);
      if (pid !== null) signalGroup(pid, 'SIGKILL');
    }
  }

  #names(): string[] {
    const folder = join(this.stateFolder, 'services');
    const files = existsSync(folder) ? readdirSync(folder) : [];
    return files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
  }

  #file(service: string): ServiceFile | null {
    const name =
      this.#names().find((one) => one === service) ??
      this.#names().find((one) => one.startsWith(`${service}-`));
    if (name === undefined) return null;
    return JSON.parse(
      readFileSync(join(this.stateFolder, 'services', `${name}.json`), 'utf8'),
    ) as ServiceFile;
  }
}

/** To all processes of the group that this one leads, or to itself where it leads none. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    signalOne(pid, signal);
  }
}

/** A process that is gone is left alone. */
export function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone.
  }
}
