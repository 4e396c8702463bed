/** Equal reads that run at the same time are one read. The key must hold everything that the answer depends on. */
export class SharedReads<Answer> {
  readonly #running = new Map<string, Promise<Answer>>();

  read(key: string, read: () => Promise<Answer>): Promise<Answer> {
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const started = read().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }
}
