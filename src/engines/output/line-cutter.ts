const NEWLINE = 0x0a;
const MAX_LINE_BYTES = 4 * 1024 * 1024;

/**
 * Cuts a byte stream into lines without their newline. Where the bytes are split does not matter: a line that never
 * ends is cut at every MAX_LINE_BYTES, counted from its own beginning.
 */
export class LineCutter {
  private parts: Buffer[] = [];
  private length = 0;

  feed(bytes: Uint8Array): Buffer[] {
    const lines: Buffer[] = [];
    let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    while (rest.length > 0) {
      const room = MAX_LINE_BYTES - this.length;
      const end = rest.subarray(0, room).indexOf(NEWLINE);
      if (end === -1 && rest.length < room) {
        this.keep(Buffer.from(rest));
        break;
      }
      const cut = end === -1 ? room : end;
      this.keep(rest.subarray(0, cut));
      lines.push(this.take());
      rest = rest.subarray(end === -1 ? cut : cut + 1);
    }
    return lines;
  }

  /** The unfinished last line; null when there is none. */
  finish(): Buffer | null {
    return this.length === 0 ? null : this.take();
  }

  private keep(part: Buffer): void {
    this.parts.push(part);
    this.length += part.length;
  }

  private take(): Buffer {
    const line = Buffer.concat(this.parts);
    this.parts = [];
    this.length = 0;
    return line;
  }
}
