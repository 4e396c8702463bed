import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KilnError, toKilnError } from '../domain/errors.js';
import type { LeaseRef } from '../domain/dispatch/lease.js';
import type { OpenUpload, PublicationReport } from '../domain/builds/publication.js';
import type { PublishSpec, RunReport } from '../ports/supervisor.js';
import type { RunDeps } from './deps.js';
import { HeldLease } from './held-lease.js';
import { Journal, runKey } from './journal.js';
import { keepTrying } from './keep-trying.js';
import { patience } from './patience.js';
import { removeTree } from './remove-tree.js';

const LOST: RunReport = { result: 'lost', manifestDigest: null };
const CANCELLED: RunReport = { result: 'cancelled', manifestDigest: null };
/** Stops that came before their runs; old ones are covered by the fence. */
const MAX_EARLY_STOPS = 1000;
/** Of leases that were let go; they run out within their TTL. */
const MAX_LET_GO = 1000;

/** Every lease that this host holds. One entry for each attempt, whoever asks and how often. */
export class Runs {
  readonly #held = new Map<string, HeldLease>();
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #stoppedEarly = new Set<string>();
  readonly #letGo = new Set<string>();
  readonly #discards = new Set<Promise<void>>();
  readonly #idle = new EventTarget();
  readonly #closing = new AbortController();

  constructor(
    private readonly deps: RunDeps,
    private readonly runsFolder: string,
  ) {}

  /** Takes up what an earlier life left: adopts what has a lease, removes what has none. */
  async recover(): Promise<void> {
    await mkdir(this.runsFolder, { recursive: true, mode: 0o700 });
    for (const folder of await Journal.list(this.runsFolder)) {
      const journal = await Journal.open(folder);
      if (journal === null) {
        await this.deps.runner.stop(path.join(folder, 'run'), 0);
        await removeTree(folder);
        continue;
      }
      this.deps.log.info({ ...journal.lease }, 'a lease is taken up again');
      this.#hold(journal, false);
    }
    await this.deps.runner.sweep?.(this.runsFolder, (folder) =>
      this.holds(path.basename(path.dirname(folder))),
    );
    await this.deps.groups?.sweep((key) => this.holds(key));
  }

  /** Whether a run of that name belongs to a lease of this host. */
  holds(key: string): boolean {
    return this.#held.has(key);
  }

  /** Starts or attaches; resolves when the run has ended and its log is stored. */
  async run(lease: LeaseRef): Promise<RunReport> {
    const held = await this.#acquire(lease);
    if (held === null) return LOST;
    if (held === 'stopped') return CANCELLED;
    return held.run();
  }

  /** Ends a run, also one that has not begun yet. Its processes are gone when this resolves, and its log is stored if that is quick. */
  async stop(lease: LeaseRef): Promise<void> {
    const key = runKey(lease);
    const held = this.#held.get(key);
    if (held === undefined || held.fence !== lease.fence) {
      if (this.#stoppedEarly.size >= MAX_EARLY_STOPS) this.#stoppedEarly.clear();
      this.#stoppedEarly.add(fenceKey(lease));
      return;
    }
    await held.stop('stopped');
    await Promise.race([held.settled(), sleep(this.deps.limits.stopFlushMs, undefined, { ref: false })]);
  }

  /**
   * Lets go of leases whose runs have ended, or end until `back` fires: nobody comes for their reports. They run out, and their
   * builds are made again elsewhere.
   */
  letEndedGo(back: AbortSignal): void {
    for (const held of this.#held.values()) {
      void held.settled().then(() => {
        const { lease } = held.journal;
        if (back.aborted || this.#closing.signal.aborted || this.#held.get(runKey(lease)) !== held) return;
        this.deps.log.warn({ ...lease }, 'a lease is let go: the worker process does not come for its run');
        if (this.#letGo.size >= MAX_LET_GO) this.#letGo.clear();
        this.#letGo.add(fenceKey(lease));
        void this.#discard(held);
      });
    }
  }

  /** Raises stale_fence when the lease is over, and gives up when the caller goes. */
  async publishSpec(lease: LeaseRef, signal: AbortSignal): Promise<PublishSpec> {
    return (await this.#publishing(lease)).publishSpec(signal);
  }

  /** Raises stale_fence when the lease is over, and gives up when the caller goes: he or another tells anew. */
  async putPublication(
    lease: LeaseRef,
    report: PublicationReport,
    signal: AbortSignal,
  ): Promise<readonly OpenUpload[]> {
    return (await this.#publishing(lease)).putPublication(report, signal);
  }

  /** Lets go of runs and leases: the builds go on and the next supervisor takes them up. What was read is sent if that is quick. */
  async drain(): Promise<void> {
    this.#closing.abort(
      new KilnError('supervisor_unavailable', { message: 'The supervisor is being stopped.' }),
    );
    const all = [...this.#held.values()];
    for (const held of all) held.leave();
    const settled = Promise.all(all.map((held) => held.settled()));
    await Promise.race([settled, sleep(this.deps.limits.drainMs, undefined, { ref: false })]);
    await Promise.all(all.map((held) => held.release()));
    await Promise.all(this.#discards);
  }

  /** Resolves when no lease is held, or the signal aborts. */
  async idle(signal: AbortSignal): Promise<void> {
    while (this.#held.size > 0 && !signal.aborted) await once(this.#idle, 'idle', { signal }).catch(() => {});
  }

  async #publishing(lease: LeaseRef): Promise<HeldLease> {
    const held = await this.#acquire(lease);
    if (held === null) throw new KilnError('stale_fence');
    if (held === 'stopped') throw new KilnError('cancelled');
    return held;
  }

  /** Null: the lease is over. */
  async #acquire(lease: LeaseRef): Promise<HeldLease | 'stopped' | null> {
    return this.#inTurn(lease.buildId, async () => {
      for (const other of this.#held.values()) {
        if (other.buildId !== lease.buildId) continue;
        if (other.fence > lease.fence) return null;
        if (other.fence < lease.fence) await this.#discard(other);
      }
      const held = this.#held.get(runKey(lease));
      if (held !== undefined) return held;
      if (this.#letGo.has(fenceKey(lease))) return null;
      return this.#acknowledge(lease);
    });
  }

  async #acknowledge(lease: LeaseRef): Promise<HeldLease | 'stopped' | null> {
    const early = fenceKey(lease);
    // Each has its own: as many wait at once as the host has slots, and whoever waits listens to its signal.
    const signal = AbortSignal.any([this.#closing.signal]);
    try {
      const grant = await keepTrying(
        async () => {
          if (this.#stoppedEarly.has(early)) return 'stopped';
          return this.deps.controlPlane.acknowledge(lease, signal);
        },
        patience(this.deps, signal),
      );
      if (grant === 'stopped' || this.#stoppedEarly.has(early)) return 'stopped';
      return this.#hold(await Journal.create(this.runsFolder, lease, grant), true);
    } catch (thrown) {
      const error = toKilnError(thrown);
      if (error.code === 'stale_fence' || error.code === 'not_found') return null;
      throw error;
    }
  }

  #hold(journal: Journal, isNew: boolean): HeldLease {
    const held = new HeldLease(this.deps, journal, (over) => void this.#discard(over), isNew);
    this.#held.set(runKey(journal.lease), held);
    return held;
  }

  async #discard(held: HeldLease): Promise<void> {
    const key = runKey(held.journal.lease);
    const gone = held
      .discard()
      .catch((error: unknown) =>
        this.deps.log.error(
          { ...held.journal.lease, error: String(error) },
          'a finished run could not be removed',
        ),
      )
      .then(() => {
        if (this.#held.get(key) === held) this.#held.delete(key);
        if (this.#held.size === 0) this.#idle.dispatchEvent(new Event('idle'));
      });
    this.#discards.add(gone);
    await gone.finally(() => this.#discards.delete(gone));
  }

  /** One acquisition at a time for each build: two calls for one lease must not make two runs. */
  #inTurn<T>(buildId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(buildId) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(work);
    this.#turns.set(buildId, mine);
    void mine
      .catch(() => {})
      .then(() => {
        if (this.#turns.get(buildId) === mine) this.#turns.delete(buildId);
      });
    return mine;
  }
}

function fenceKey(lease: LeaseRef): string {
  return `${runKey(lease)}/${lease.fence}`;
}
