import { maskForms } from './mask-forms.js';

/** Bytes of a pattern that are looked up at once. */
const KEY_BYTES = 4;

/**
 * What must not be seen of a run, findable by its first bytes. Grows while the run goes on: a value is added before it is used.
 */
export class Masks {
  readonly #all = new Map<string, Buffer>();
  /** A bit for each pair of bytes with which a pattern begins: most places of a log are none. */
  readonly #pairs = new Uint8Array(65_536);
  readonly #byFirst = new Map<number, Buffer[]>();
  readonly #byKey = new Map<number, Buffer[]>();
  readonly #short: Buffer[] = [];

  constructor(secrets: readonly Uint8Array[] = []) {
    this.add(secrets);
  }

  get patterns(): readonly Buffer[] {
    return [...this.#all.values()];
  }

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  /** Hides these values in all their forms from now on. */
  add(secrets: readonly Uint8Array[]): void {
    for (const pattern of maskForms(secrets)) this.addPattern(pattern);
  }

  addPattern(pattern: Buffer): void {
    const text = pattern.toString('latin1');
    if (pattern.length === 0 || this.#all.has(text)) return;
    this.#all.set(text, pattern);
    append(this.#byFirst, pattern[0]!, pattern);
    if (pattern.length === 1)
      for (let second = 0; second < 256; second++) this.#pairs[(pattern[0]! << 8) | second] = 1;
    else this.#pairs[(pattern[0]! << 8) | pattern[1]!] = 1;
    if (pattern.length < KEY_BYTES) {
      this.#short.push(pattern);
      return;
    }
    append(this.#byKey, pattern.readUInt32BE(0), pattern);
  }

  /** The first place from `at` on where a pattern may begin or the bytes are too few to tell. */
  nextPlace(bytes: Buffer, at: number): number {
    const pairs = this.#pairs;
    const last = bytes.length - 1;
    let place = at;
    while (place < last && pairs[(bytes[place]! << 8) | bytes[place + 1]!] === 0) place++;
    return place;
  }

  /** Patterns that may begin at the place. */
  candidates(bytes: Buffer, at: number): Iterable<Buffer> {
    if (bytes.length - at < KEY_BYTES) return this.#byFirst.get(bytes[at]!) ?? [];
    const found = this.#byKey.get(bytes.readUInt32BE(at));
    if (this.#short.length === 0) return found ?? [];
    return found === undefined ? this.#short : [...found, ...this.#short];
  }
}

function append(lists: Map<number, Buffer[]>, key: number, pattern: Buffer): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [pattern]);
  else list.push(pattern);
}
