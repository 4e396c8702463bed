import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LeftOver, SupervisorDeps } from './deps.js';
import { removeTree } from './remove-tree.js';
import type { Runs } from './runs.js';

const EVERY_MS = 60_000;

/**
 * Looks from time to time for what belongs to no run of this host, removes it and tells of it. There should be none: runs remove what is
 * theirs, and a supervisor that starts what the one before has left.
 */
export class LeftOvers {
  readonly #over = new AbortController();
  #looking: Promise<void> | null = null;
  /** Without an owner when it was last looked: the folder of a lease is there a moment before the lease is held. */
  #suspects = new Set<string>();

  constructor(
    private readonly deps: Pick<SupervisorDeps, 'runner' | 'groups' | 'log' | 'onLeftOver'>,
    private readonly runs: Pick<Runs, 'holds'>,
    private readonly runsFolder: string,
    private readonly everyMs = EVERY_MS,
  ) {}

  start(): void {
    this.#looking ??= this.#lookAgainAndAgain();
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#looking;
  }

  async #lookAgainAndAgain(): Promise<void> {
    const { signal } = this.#over;
    for (;;) {
      await sleep(this.everyMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      await this.look().catch((error: unknown) =>
        this.deps.log.warn({ error: String(error) }, 'what runs have left could not be removed'),
      );
    }
  }

  /** One look. A folder goes when the look before has found it without an owner too. */
  async look(): Promise<void> {
    const { runner, groups } = this.deps;
    this.#tell('workspace', await this.#removeFolders());
    const isKept = (folder: string): boolean => this.runs.holds(path.basename(path.dirname(folder)));
    this.#tell('container', (await runner.sweep?.(this.runsFolder, isKept)) ?? 0);
    this.#tell('group', (await groups?.sweep((key) => this.runs.holds(key))) ?? 0);
  }

  async #removeFolders(): Promise<number> {
    const ownerless = (await readdir(this.runsFolder)).filter((key) => !this.runs.holds(key));
    const due = ownerless.filter((key) => this.#suspects.has(key));
    for (const key of due) {
      await this.deps.runner.stop(path.join(this.runsFolder, key, 'run'), 0);
      await removeTree(path.join(this.runsFolder, key));
    }
    this.#suspects = new Set(ownerless.filter((key) => !due.includes(key)));
    return due.length;
  }

  #tell(what: LeftOver, count: number): void {
    if (count === 0) return;
    this.deps.onLeftOver?.(what, count);
    this.deps.log.warn({ what, count }, 'something of no run was found on this host and is removed');
  }
}
