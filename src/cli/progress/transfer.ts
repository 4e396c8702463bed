import { formatBytes, formatDuration } from '../terminal/units.js';

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

  /** `Sending 12.3 MB of 100.0 MB at 5.1 MB/s, 17.2s left`. */
  text(): string {
    const shown = `Sending ${formatBytes(Math.min(this.#bytes, this.totalBytes))} of ${formatBytes(this.totalBytes)}`;
    const [first] = this.#samples;
    const tookMs = first === undefined ? 0 : this.now() - first.atMs;
    if (first === undefined || tookMs < RATE_AFTER_MS) return shown;
    const bytesPerMs = (this.#bytes - first.bytes) / tookMs;
    if (bytesPerMs <= 0) return shown;
    const leftMs = Math.max(0, this.totalBytes - this.#bytes) / bytesPerMs;
    return `${shown} at ${formatBytes(bytesPerMs * 1000)}/s, ${formatDuration(leftMs)} left`;
  }

  #note(bytes: number): void {
    const atMs = this.now();
    if (this.#samples.length === 0) this.#samples.push({ atMs, bytes: this.#bytes });
    this.#bytes = bytes;
    const last = this.#samples.at(-1);
    if (last === undefined || atMs - last.atMs >= WINDOW_MS / 20) this.#samples.push({ atMs, bytes });
    while (this.#samples.length > 2 && atMs - (this.#samples[1]?.atMs ?? atMs) > WINDOW_MS)
      this.#samples.shift();
  }
}
