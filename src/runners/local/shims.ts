import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { Ahead, RunPlan } from '../../ports/engine.js';
import type { AheadStart } from './ahead.js';
import { listsChildren } from './join-groups.js';
import { readClaim, readPlan } from './run-files.js';

/** Between the start of a run and that of the next spare shim, which is not to take the processor from it. */
const REPLACE_AFTER_MS = 2_000;

/**
 * Starts shims. With a folder for spare ones, one more waits for its run, so that this does not wait for the start of a process; and with
 * it what the run before would have wanted to be there ahead of it.
 */
export class Shims {
  #spare: ChildProcess | null = null;
  #ahead: Pick<Ahead, 'argv' | 'env'> | null = null;

  constructor(
    private readonly shimPath: string,
    private readonly spareFolder: string | null,
  ) {
    if (spareFolder === null) return;
    rmSync(spareFolder, { recursive: true, force: true });
    this.#prepare(spareFolder);
  }

  /** Starts the plan of a folder. What becomes of it is seen in the folder alone. */
  launch(folder: string, { ahead }: Pick<RunPlan, 'ahead'>): void {
    const { spareFolder } = this;
    this.#ahead = ahead === undefined || !listsChildren() ? null : { argv: ahead.argv, env: ahead.env };
    const spare = this.#spare;
    this.#spare = null;
    if (spare === null) this.#start(folder);
    else this.#tell(spare, folder);
    if (spareFolder !== null) setTimeout(() => this.#prepare(spareFolder), REPLACE_AFTER_MS).unref();
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
  #prepare(spareFolder: string): void {
    if (this.#spare !== null) return;
    const ahead: AheadStart | null = this.#ahead && { ...this.#ahead, folder: spareFolder };
    const args = ahead === null ? [] : ['--ahead', JSON.stringify(ahead)];
    const spare = spawn(process.execPath, [this.shimPath, ...args], {
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
