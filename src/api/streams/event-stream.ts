import type { Response } from 'express';
import type { ApiLimits } from '../deps.js';

/** What EventSource waits before it comes back, in milliseconds. */
const RECONNECT_MS = 1_000;

/** The text of one server-sent event. `data` is one line of JSON. */
export function eventFrame(event: string, data: unknown, id: string | null = null): string {
  return `${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A server-sent event stream to one viewer. Writing waits for the viewer; one that takes nothing for too long is dropped. */
export class EventStream {
  readonly #gone = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;
  #waitsForDrain = false;

  constructor(
    private readonly response: Response,
    private readonly limits: Pick<ApiLimits, 'heartbeatMs' | 'viewerStallMs'>,
  ) {
    response.once('close', () => this.#gone.abort());
    if (response.destroyed) this.#gone.abort();
    response.setHeader('x-accel-buffering', 'no');
    response.flushHeaders();
    response.write(`retry: ${RECONNECT_MS}\n\n`);
    this.#heartbeat = setInterval(() => {
      if (!this.#waitsForDrain && !this.signal.aborted) response.write(': beat\n\n');
    }, limits.heartbeatMs);
  }

  /** Aborted when the viewer is gone or the stream is over. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves when the viewer can take more; false when it is gone. */
  async write(frame: string): Promise<boolean> {
    if (this.signal.aborted) return false;
    if (this.response.write(frame)) return true;
    return this.#drained();
  }

  close(): void {
    clearInterval(this.#heartbeat);
    this.#gone.abort();
  }

  #drained(): Promise<boolean> {
    this.#waitsForDrain = true;
    return new Promise((resolve) => {
      const stalled = setTimeout(() => this.response.destroy(), this.limits.viewerStallMs);
      const settle = (): void => {
        clearTimeout(stalled);
        this.response.off('drain', settle);
        this.signal.removeEventListener('abort', settle);
        this.#waitsForDrain = false;
        resolve(!this.signal.aborted);
      };
      this.response.once('drain', settle);
      this.signal.addEventListener('abort', settle);
    });
  }
}
