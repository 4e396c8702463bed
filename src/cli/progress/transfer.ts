import { formatBytes } from '../../domain/format-bytes.js';
import { formatRemaining } from '../terminal/units.js';

/** The rate is that of the last few seconds: a line that slows down is told soon. */
const WINDOW_MS = 5_000;
const RATE_AFTER_MS = 300;

/** How a transfer goes: what is there, how fast it comes, when it will be over. */
export class Transfer {
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];
  #bytes = 0;

  constructor(
    private readonly totalBytes: number,
    private readonly now: () => number = Date.now,
  ) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** So much more has gone out. */
  add(bytes: number): void {
    this.#note(this.#bytes + bytes);
  }

  /** The other end says how much it has; what had gone out beyond that is sent again. */
  correct(bytes: number): void {
    this.#bytes = bytes;
    this.#samples.length = 0;
  }

  /** `Sending 12.3 MB of 100.0 MB at 5.1 MB/s, 17s left`, and shorter forms of it. */
  forms(): [string, ...string[]] {
    const of = `${formatBytes(Math.min(this.#bytes, this.totalBytes))} of ${formatBytes(this.totalBytes)}`;
    // What was handed to the connection may still be on its way, and then it is written down.
    if (this.#bytes >= this.totalBytes)
      return [`Sent ${formatBytes(this.totalBytes)}, waiting until it is stored`, of];
    const rate = this.#bytesPerMs();
    if (rate === null) return [`Sending ${of}`, of];
    const left = `${formatRemaining((this.totalBytes - this.#bytes) / rate)} left`;
    const speed = `${formatBytes(rate * 1000)}/s`;
    return [`Sending ${of} at ${speed}, ${left}`, `${of}, ${speed}, ${left}`, `${of}, ${left}`, left];
  }

  /** What to say where the line broke. */
  brokenForms(): [string, ...string[]] {
    const why = 'the connection broke, going on';
    return [`${formatBytes(this.#bytes)} of ${formatBytes(this.totalBytes)} sent: ${why}`, why];
  }

  /** Null until there is something to tell it from. */
  #bytesPerMs(): number | null {
    const [first] = this.#samples;
    const tookMs = first === undefined ? 0 : this.now() - first.atMs;
    if (first === undefined || tookMs < RATE_AFTER_MS || this.#bytes <= first.bytes) return null;
    return (this.#bytes - first.bytes) / tookMs;
  }

  #note(bytes: number): void {
    const atMs = this.now();
    this.#bytes = bytes;
    const last = this.#samples.at(-1);
    if (last === undefined || atMs - last.atMs >= WINDOW_MS / 20) this.#samples.push({ atMs, bytes });
    while (this.#samples.length > 2 && atMs - (this.#samples[1]?.atMs ?? atMs) > WINDOW_MS)
      this.#samples.shift();
  }
}
