/** Wakes one waiter; rings while nobody waits are remembered as one. */
export class Doorbell {
  #rung = false;
  #wake: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves at the next ring, or when the signal fires. */
  async wait(signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', this.#aborted, { once: true });
      });
      signal.removeEventListener('abort', this.#aborted);
    }
    this.#wake = null;
    this.#rung = false;
  }

  readonly #aborted = (): void => this.#wake?.();
}
