/** What waits for its turn. */
interface Waiting {
  readonly of: readonly string[];
  readonly go: () => void;
}

/**
 * Lets at most so many go on at once, and at most so many of those that use the same thing; the others wait for their turn, the first one that can
 * first. Who waits holds nothing up that uses other things.
 */
export class Turns {
  readonly #waiting = new Set<Waiting>();
  readonly #used = new Map<string, number>();
  #going = 0;

  constructor(
    private readonly most: number,
    private readonly mostOfOne = most,
  ) {}

  /**
   * Resolves with the function that ends the turn, to be called once. Rejects with the signal's reason when that fires first. `of`: what it uses,
   * each once.
   */
  async take(signal: AbortSignal, of: readonly string[] = []): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#isFree(of)) this.#begin(of);
    else
      await new Promise<void>((resolve, reject) => {
        const giveUp = (): void => {
          this.#waiting.delete(waiting);
          reject(signal.reason as Error);
        };
        const go = (): void => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        };
        const waiting = { of, go };
        signal.addEventListener('abort', giveUp, { once: true });
        this.#waiting.add(waiting);
      });
    return () => this.#end(of);
  }

  #isFree(of: readonly string[]): boolean {
    return this.#going < this.most && of.every((one) => (this.#used.get(one) ?? 0) < this.mostOfOne);
  }

  #begin(of: readonly string[]): void {
    this.#going += 1;
    for (const one of of) this.#used.set(one, (this.#used.get(one) ?? 0) + 1);
  }

  /** The turn goes to the one that waits longest of those that can begin now. */
  #end(of: readonly string[]): void {
    this.#going -= 1;
    for (const one of of) {
      const left = (this.#used.get(one) ?? 0) - 1;
      if (left > 0) this.#used.set(one, left);
      else this.#used.delete(one);
    }
    for (const waiting of this.#waiting) {
      if (!this.#isFree(waiting.of)) continue;
      this.#waiting.delete(waiting);
      this.#begin(waiting.of);
      waiting.go();
    }
  }
}
