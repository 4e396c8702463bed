/** What stands in the place of a secret. */
const MASK = '***';

/** Derived forms shorter than this would hide ordinary text. */
const MIN_DERIVED_BYTES = 8;
/** A secret that an excerpt cuts off is hidden when at least this much of it is left. */
const MIN_FRAGMENT_BYTES = 4;

/**
 * The byte strings that must not appear: each secret as it is, without its final newline, each long line of it,
 * its JSON, URL and base64 forms (base64 also when it stands inside a longer text, as in basic authentication).
 */
export function secretPatterns(secrets: readonly Uint8Array[]): Buffer[] {
  const found = new Map<string, Buffer>();
  const add = (pattern: Buffer, minBytes: number): void => {
    if (pattern.length >= minBytes) found.set(pattern.toString('latin1'), pattern);
  };
  for (const secret of secrets) {
    const whole = Buffer.from(secret);
    const text = whole.toString('utf8').replace(/\r?\n$/, '');
    const isText = Buffer.from(whole.toString('utf8')).equals(whole);
    add(isText ? Buffer.from(text) : whole, 1);
    const lines = isText ? text.split(/\r?\n/) : [];
    if (lines.length > 1) for (const line of lines) add(Buffer.from(line), MIN_DERIVED_BYTES);
    if (isText) {
      add(Buffer.from(encodeURIComponent(text)), MIN_DERIVED_BYTES);
      add(Buffer.from(JSON.stringify(text).slice(1, -1)), MIN_DERIVED_BYTES);
    }
    for (const bytes of [whole, Buffer.from(text)]) {
      for (const form of base64Forms(bytes)) add(Buffer.from(form), MIN_DERIVED_BYTES);
    }
  }
  return [...found.values()].sort((a, b) => b.length - a.length);
}

/** Base64 at each of the three alignments, less the characters that neighbouring bytes change. */
function base64Forms(bytes: Buffer): string[] {
  const forms = ['base64', 'base64url'] as const;
  return forms.flatMap((form) => [
    bytes.toString(form),
    ...[0, 1, 2].map((shift) => {
      const text = Buffer.concat([Buffer.alloc(shift), bytes])
        .toString(form)
        .replace(/=+$/, '');
      const shared = (shift + bytes.length) % 3 === 0 ? 0 : 1;
      return text.slice(shift === 0 ? 0 : shift + 1, text.length - shared);
    }),
  ]);
}

/** Masks one stream of bytes. The result is the same however the stream is split. */
export class StreamMasker {
  readonly #byFirst = new Map<number, Buffer[]>();
  #held: Buffer = Buffer.alloc(0);
  /** How many bytes at the start of `#held` are already covered by a mask. */
  #covered = 0;

  constructor(patterns: readonly Buffer[]) {
    for (const pattern of patterns) {
      const first = pattern[0] ?? 0;
      this.#byFirst.set(first, [...(this.#byFirst.get(first) ?? []), pattern]);
    }
  }

  /** Whether bytes are held back until it is known if they begin a secret. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  push(bytes: Uint8Array): Buffer {
    if (this.#byFirst.size === 0) return Buffer.from(bytes);
    return this.#scan(
      this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]),
      false,
    );
  }

  end(): Buffer {
    return this.#scan(this.#held, true);
  }

  #scan(bytes: Buffer, final: boolean): Buffer {
    const out: Buffer[] = [];
    let covered = this.#covered;
    let plainFrom = covered;
    let at = 0;
    for (; at < bytes.length; at++) {
      const match = this.#matchAt(bytes, at);
      if (match.undecided && !final) break;
      if (match.length === 0) continue;
      if (at >= covered) out.push(bytes.subarray(plainFrom, at), Buffer.from(MASK));
      covered = Math.max(covered, at + match.length);
      plainFrom = covered;
    }
    if (at > plainFrom) out.push(bytes.subarray(plainFrom, at));
    this.#held = Buffer.from(bytes.subarray(at));
    this.#covered = Math.max(0, covered - at);
    return Buffer.concat(out);
  }

  #matchAt(bytes: Buffer, at: number): { length: number; undecided: boolean } {
    const candidates = this.#byFirst.get(bytes[at] ?? 0);
    let length = 0;
    let undecided = false;
    for (const pattern of candidates ?? []) {
      const size = Math.min(pattern.length, bytes.length - at);
      if (bytes.compare(pattern, 0, size, at, at + size) !== 0) continue;
      if (size === pattern.length) length = Math.max(length, size);
      else undecided = true;
    }
    return { length, undecided };
  }
}

/** Masks a text that may be an excerpt: a secret that is cut off at either end is hidden too. */
export function maskText(text: string, patterns: readonly Buffer[]): string {
  if (patterns.length === 0 || text === '') return text;
  const masker = new StreamMasker(patterns);
  const bytes = Buffer.from(text);
  const head = longestFragment(patterns, (part, length) => part.subarray(part.length - length), bytes, 0);
  const body = bytes.subarray(head);
  const tail = longestFragment(patterns, (part, length) => part.subarray(0, length), body, -1);
  const middle = Buffer.concat([masker.push(body.subarray(0, body.length - tail)), masker.end()]);
  return `${head > 0 ? MASK : ''}${middle.toString('utf8')}${tail > 0 ? MASK : ''}`;
}

/** Length of the longest part of a pattern with which the bytes begin (side 0) or end (side -1). */
function longestFragment(
  patterns: readonly Buffer[],
  part: (pattern: Buffer, length: number) => Buffer,
  bytes: Buffer,
  side: 0 | -1,
): number {
  let longest = 0;
  for (const pattern of patterns) {
    for (let length = Math.min(pattern.length - 1, bytes.length); length >= MIN_FRAGMENT_BYTES; length--) {
      if (length <= longest) break;
      const edge = side === 0 ? bytes.subarray(0, length) : bytes.subarray(bytes.length - length);
      if (edge.equals(part(pattern, length))) longest = length;
    }
  }
  return longest;
}
