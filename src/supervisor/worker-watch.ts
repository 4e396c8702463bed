import type { SupervisorLog, SupervisorLimits } from './deps.js';

export interface WorkerEvents {
  /** `isAway` has changed. */
  readonly changed: () => void;
  /** Away for so long that nobody comes for what has ended. `back` fires when it is there again, or the watch is over. */
  readonly gone: (back: AbortSignal) => void;
}

/**
 * Whether the worker process of the host is there: it holds a call open, which the kernel ends when the process dies. Nothing ends that of a
 * process that stands still, so a call is answered after a while, and a process that is there makes another one.
 */
export class WorkerWatch {
  #attached = 0;
  #timers: NodeJS.Timeout[] = [];
  #back = new AbortController();
  #isOver = false;
  /** Until it is first attached too: a build that is granted before runs out with nobody to take it up. */
  isAway = true;

  constructor(
    private readonly events: WorkerEvents,
    private readonly limits: Pick<SupervisorLimits, 'workerAwayMs' | 'workerGoneMs'>,
    private readonly log: SupervisorLog,
  ) {}

  /** Nobody is attached yet: away, and the time for coming begins. */
  start(): void {
    if (this.#attached === 0) this.#wait();
  }

  stop(): void {
    this.#isOver = true;
    this.#endWait();
  }

  /** Resolves when the caller has gone away, or is to call again to show that it is there. */
  async attach(caller: AbortSignal): Promise<void> {
    if (caller.aborted) return;
    this.#attached += 1;
    this.#endWait();
    this.#tell(false);
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        caller.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, this.limits.workerAwayMs);
      caller.addEventListener('abort', end);
    });
    this.#attached -= 1;
    if (this.#attached === 0) this.#wait();
  }

  #wait(): void {
    if (this.#isOver) return;
    this.#endWait();
    this.#back = new AbortController();
    const { signal } = this.#back;
    this.#timers = [
      setTimeout(() => this.#away(), this.limits.workerAwayMs),
      setTimeout(() => this.events.gone(signal), this.limits.workerGoneMs),
    ];
  }

  #endWait(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#back.abort();
  }

  #away(): void {
    this.log.warn({}, 'the worker process is away: no new build');
    this.#tell(true);
  }

  #tell(isAway: boolean): void {
    if (this.isAway === isAway) return;
    this.isAway = isAway;
    if (!isAway) this.log.info({}, 'the worker process is there');
    this.events.changed();
  }
}
