/** Listeners by key. */
export class Rings {
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Returns the function that removes the listener; calling it twice is harmless. */
  add(key: string, ring: () => void): () => void {
    const own = (): void => ring();
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
    };
  }

  ring(key: string): void {
    for (const listener of [...(this.#listeners.get(key) ?? [])]) listener();
  }

  ringAll(): void {
    for (const key of [...this.#listeners.keys()]) this.ring(key);
  }
}
