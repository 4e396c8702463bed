/** Listeners by key. A ring may say what it is for. */
export class Rings {
  readonly #listeners = new Map<string, Set<(what: string | null) => void>>();

  /** Returns the function that removes the listener; calling it twice is harmless. */
  add(key: string, ring: (what: string | null) => void): () => void {
    const own = (what: string | null): void => ring(what);
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
    };
  }

  ring(key: string, what: string | null = null): void {
    for (const listener of [...(this.#listeners.get(key) ?? [])]) listener(what);
  }

  ringAll(): void {
    for (const key of [...this.#listeners.keys()]) this.ring(key);
  }
}
