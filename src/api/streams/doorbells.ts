import type { BuildChange, ChangeFeed } from '../../ports/stores.js';

/** One viewer's hold on the bell of a build. */
export interface Doorbell {
  /** Grows with every wake. Take it before reading, so that nothing that comes meanwhile is missed. */
  readonly generation: number;
  /** Resolves when the generation is another one, or the signal is aborted. */
  changedSince(generation: number, signal: AbortSignal): Promise<void>;
  leave(): void;
}

/** Whoever watches a queue, in which something changes all the time, is woken at most this often. */
const QUEUE_WAKE_MS = 1_000;

/**
 * One subscription per build and what of it is watched, however many watch it; rings that come in quick succession wake the viewers
 * once, and the end of the build at once.
 */
export class Doorbells {
  readonly #bells = new Map<string, Bell>();

  constructor(
    private readonly feed: ChangeFeed,
    private readonly wakeIntervalMs: number,
  ) {}

  watch(buildId: string, watched: Exclude<BuildChange, 'end'> | 'queue'): Doorbell {
    const key = `${buildId} ${watched}`;
    const shared = this.#bells.get(key) ?? this.#hang(buildId, watched);
    this.#bells.set(key, shared);
    shared.viewers++;
    let left = false;
    return {
      get generation() {
        return shared.generation;
      },
      changedSince: (generation, signal) => shared.changedSince(generation, signal),
      leave: () => {
        if (left) return;
        left = true;
        if (--shared.viewers > 0) return;
        shared.stop();
        this.#bells.delete(key);
      },
    };
  }

  #hang(buildId: string, watched: BuildChange | 'queue'): Bell {
    if (watched === 'queue') return this.#hangAtQueue();
    const bell = new Bell(this.wakeIntervalMs);
    bell.unsubscribe = this.feed.onBuildChange(buildId, (change) => {
      if (change === 'end') bell.ringNow();
      else if (change === null || change === watched) bell.ring();
    });
    return bell;
  }

  #hangAtQueue(): Bell {
    const bell = new Bell(Math.max(QUEUE_WAKE_MS, this.wakeIntervalMs));
    bell.unsubscribe = this.feed.onQueue(() => bell.ring());
    return bell;
  }
}

class Bell {
  generation = 0;
  viewers = 0;
  unsubscribe: () => void = () => undefined;
  readonly #waiting = new Set<() => void>();
  #lastWakeAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly wakeIntervalMs: number) {}

  ring(): void {
    if (this.#timer !== undefined) return;
    const dueInMs = this.#lastWakeAt + this.wakeIntervalMs - performance.now();
    if (dueInMs <= 0) this.#wake();
    else this.#timer = setTimeout(() => this.#wake(), dueInMs);
  }

  ringNow(): void {
    clearTimeout(this.#timer);
    this.#wake();
  }

  changedSince(generation: number, signal: AbortSignal): Promise<void> {
    if (this.generation !== generation || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done);
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.unsubscribe();
  }

  #wake(): void {
    this.#timer = undefined;
    this.#lastWakeAt = performance.now();
    this.generation++;
    for (const done of [...this.#waiting]) done();
  }
}
