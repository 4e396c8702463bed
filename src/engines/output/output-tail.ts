const MAX_BYTES = 8 * 1024;
const NEWLINE = 0x0a;

/**
 * Keeps the last whole lines of an output, at most 8 KiB. Lines are never cut in two: half a line could hold half a
 * secret, which a masker would not find.
 */
export class OutputTail {
  private kept = Buffer.alloc(0);
  private seenBytes = 0;

  append(bytes: Uint8Array): void {
    this.seenBytes += bytes.byteLength;
    const all = Buffer.concat([this.kept, bytes]);
    this.kept = all.length > MAX_BYTES + 1 ? all.subarray(all.length - MAX_BYTES - 1) : all;
  }

  get size(): number {
    return this.seenBytes;
  }

  /** Null when nothing was printed. NUL, which PostgreSQL refuses in text, is shown as its symbol. */
  text(): string | null {
    if (this.seenBytes === 0) return null;
    return readable(this.wholeLines());
  }

  /** The last `count` lines. */
  lines(count: number): string[] {
    const text = this.text();
    if (text === null || text === '') return [];
    return text
      .replace(/\r?\n$/, '')
      .split(/\r?\n/)
      .slice(-count);
  }

  private wholeLines(): Buffer {
    if (this.seenBytes <= MAX_BYTES) return this.kept;
    const start = this.kept.indexOf(NEWLINE);
    if (start !== -1 && start < this.kept.length - 1) return this.kept.subarray(start + 1);
    return Buffer.from('[a line longer than 8 KiB; the log has it whole]\n');
  }
}

function readable(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\u0000', '\u2400');
}
