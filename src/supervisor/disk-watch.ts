import type { WorkerDisk } from '../ports/dispatch.js';
import type { SupervisorDeps, SupervisorLog } from './deps.js';

/** Clearing more than the reserve keeps a host from being short again with the next build. */
const WANTED_RESERVES = 2;
const CLEAR_AGAIN_MS = 60_000;

/** Knows how much room the disk of the host has, and has the builder's cache cleared when it is less than the reserve. */
export class DiskWatch {
  readonly #over = new AbortController();
  #clearing: Promise<void> | null = null;
  #clearedAtMs = -Infinity;

  constructor(
    private readonly deps: Pick<SupervisorDeps, 'freeBytes' | 'freeInodes' | 'clearCache' | 'stateFolder'>,
    private readonly reserveBytes: number,
    private readonly log: SupervisorLog,
  ) {}

  /** Null where it cannot be told. Begins to clear when there is too little. */
  async measure(): Promise<WorkerDisk | null> {
    const free = await this.deps.freeBytes(this.deps.stateFolder);
    if (free === null) return null;
    if (free < this.reserveBytes) this.#clear(free);
    const inodes = await this.deps.freeInodes?.(this.deps.stateFolder);
    return { free_bytes: free, reserve_bytes: this.reserveBytes, free_inodes: inodes };
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#clearing;
  }

  #clear(free: number): void {
    const { clearCache } = this.deps;
    if (clearCache === undefined || this.#clearing !== null) return;
    if (performance.now() - this.#clearedAtMs < CLEAR_AGAIN_MS) return;
    this.log.warn(
      { freeBytes: free, reserveBytes: this.reserveBytes },
      "the disk is short of its reserve: no new build, and the builder's cache is cleared",
    );
    this.#clearing = clearCache(WANTED_RESERVES * this.reserveBytes, this.#over.signal)
      .catch((error: unknown) =>
        this.log.warn({ error: String(error) }, "the builder's cache could not be cleared"),
      )
      .finally(() => {
        this.#clearedAtMs = performance.now();
        this.#clearing = null;
      });
  }
}
