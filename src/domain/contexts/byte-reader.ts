import { KilnError } from '../errors.js';

const NEWLINE = 0x0a;
const NOTHING = new Uint8Array(0);

/** Cuts a stream of bytes into lines and pieces of known length, with flat memory. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = NOTHING;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next line without its newline; null at the end. Raises `context_invalid` for a longer or an unended one. */
  async line(maxBytes: number): Promise<Uint8Array | null> {
    let line: Uint8Array = NOTHING;
    while (await this.#fill()) {
      const end = this.#rest.indexOf(NEWLINE);
      line = joined(line, end === -1 ? this.#rest : this.#rest.subarray(0, end));
      if (line.length > maxBytes) throw broken(`a line of more than ${maxBytes} bytes`);
      this.#rest = end === -1 ? NOTHING : this.#rest.subarray(end + 1);
      if (end !== -1) return line;
    }
    if (line.length > 0) throw broken('an end within a line');
    return null;
  }

  /** Exactly so many bytes. Raises `context_invalid` when there are fewer. */
  async *take(bytes: number): AsyncGenerator<Uint8Array> {
    let left = bytes;
    while (left > 0) {
      if (!(await this.#fill())) throw broken('an end within a content');
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** False at the end of the source. */
  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next();
      if (done === true) return false;
      this.#rest = value;
    }
    return true;
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  if (head.length === 0) return tail;
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

function broken(what: string): KilnError {
  return new KilnError('context_invalid', { message: `What was sent has ${what}.` });
}
