import { spawn, type ChildProcess } from 'node:child_process';
import { readClaim, readPlan } from './run-files.js';

/** Between the start of a run and that of the next spare shim, which is not to take the processor from it. */
const REPLACE_AFTER_MS = 2_000;

/** Starts shims. With `keepsSpare` one more waits for its folder, so that a run does not wait for the start of a process. */
export class Shims {
  #spare: ChildProcess | null = null;

  constructor(
    private readonly shimPath: string,
    private readonly keepsSpare: boolean,
  ) {
    if (keepsSpare) this.#prepare();
  }

  /** Starts the plan of a folder. What becomes of it is seen in the folder alone. */
  launch(folder: string): void {
    const spare = this.#spare;
    this.#spare = null;
    if (spare === null) this.#start(folder);
    else this.#tell(spare, folder);
    if (this.keepsSpare) setTimeout(() => this.#prepare(), REPLACE_AFTER_MS).unref();
  }

  /** One that is gone, or goes before it has begun, is replaced. */
  #tell(spare: ChildProcess, folder: string): void {
    const replace = (): void => {
      if (readPlan(folder) !== null && readClaim(folder) === null) this.#start(folder);
    };
    spare.once('exit', replace);
    spare.stdin?.once('error', replace).end(`${folder}\n`);
  }

  #start(folder: string): void {
    const shim = spawn(process.execPath, [this.shimPath, folder], {
      detached: true,
      stdio: 'ignore',
      env: {},
    });
    shim.on('error', () => {});
    shim.unref();
  }

  /** A spare that was told no folder ends when this process does, however it ends. */
  #prepare(): void {
    if (this.#spare !== null) return;
    const spare = spawn(process.execPath, [this.shimPath], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
    });
    const forget = (): void => {
      if (this.#spare === spare) this.#spare = null;
    };
    spare.on('error', forget);
    spare.on('exit', forget);
    spare.unref();
    (spare.stdin as unknown as { unref(): void }).unref();
    this.#spare = spare;
  }
}
