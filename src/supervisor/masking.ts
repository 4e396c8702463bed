import { CUT } from '../domain/excerpt.js';
import type { Masks } from './masks.js';

/** What stands in the place of a secret. */
const MASK = '***';

/** A secret that an excerpt cuts off is hidden when at least this much of it is left. */
const MIN_FRAGMENT_BYTES = 4;

/** Masks one stream of bytes. The result is the same however the stream is split. */
export class StreamMasker {
  #held: Buffer = Buffer.alloc(0);
  /** How many bytes at the start of `#held` are already covered by a mask. */
  #covered = 0;

  constructor(private readonly masks: Masks) {}

  /** Whether bytes are held back until it is known if they begin a secret. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  push(bytes: Uint8Array): Buffer {
    if (this.masks.isEmpty) return Buffer.from(bytes);
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
    let at = this.masks.nextPlace(bytes, 0);
    for (; at < bytes.length; at = this.masks.nextPlace(bytes, at + 1)) {
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
    let length = 0;
    let undecided = false;
    for (const pattern of this.masks.candidates(bytes, at)) {
      const size = Math.min(pattern.length, bytes.length - at);
      if (bytes.compare(pattern, 0, size, at, at + size) !== 0) continue;
      if (size === pattern.length) length = Math.max(length, size);
      else undecided = true;
    }
    return { length, undecided };
  }
}

/** The bytes with what the masks hide replaced. */
export async function* masked(
  bytes: AsyncIterable<Uint8Array>,
  masks: Masks,
): AsyncGenerator<Uint8Array, void, undefined> {
  const masker = new StreamMasker(masks);
  for await (const part of bytes) yield masker.push(part);
  yield masker.end();
}

/** Masks a text that may be an excerpt: a secret that is cut off at either end is hidden too. */
export function maskText(text: string, masks: Masks): string {
  return hidden(text, masks, () => []);
}

/** Masks a message that may hold excerpts (`excerpt`): a secret that is cut off where one ends is hidden too. */
export function maskMessage(text: string, masks: Masks): string {
  return hidden(text, masks, endsOfExcerpts);
}

function hidden(text: string, masks: Masks, cutsIn: (bytes: Buffer) => number[]): string {
  if (masks.isEmpty || text === '') return text;
  const bytes = Buffer.from(text);
  const { patterns } = masks;
  const cut = [...cutsIn(bytes), bytes.length].map((end) => [
    end - longestBeginning(patterns, bytes.subarray(0, end)),
    end,
  ]);
  const covered = [[0, longestEnd(patterns, bytes)], ...matches(masks, bytes), ...cut].sort(
    ([a = 0], [b = 0]) => a - b,
  );
  const out: Buffer[] = [];
  let upTo = 0;
  for (const [from = 0, to = 0] of covered) {
    if (to <= upTo || from === to) continue;
    if (from >= upTo) out.push(bytes.subarray(upTo, from), Buffer.from(MASK));
    upTo = to;
  }
  return Buffer.concat([...out, bytes.subarray(upTo)]).toString('utf8');
}

function endsOfExcerpts(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = bytes.indexOf(CUT); at >= 0; at = bytes.indexOf(CUT, at + CUT.length)) ends.push(at);
  return ends;
}

/** Where patterns stand. */
function matches(masks: Masks, bytes: Buffer): number[][] {
  const found: number[][] = [];
  for (let at = masks.nextPlace(bytes, 0); at < bytes.length; at = masks.nextPlace(bytes, at + 1)) {
    for (const pattern of masks.candidates(bytes, at)) {
      if (bytes.subarray(at, at + pattern.length).equals(pattern)) found.push([at, at + pattern.length]);
    }
  }
  return found;
}

/** Length of the longest end of a pattern with which the bytes begin. */
function longestEnd(patterns: readonly Buffer[], bytes: Buffer): number {
  const first = bytes.subarray(0, MIN_FRAGMENT_BYTES);
  return longest(patterns, first, (pattern, at) => {
    const end = pattern.subarray(at);
    return bytes.subarray(0, end.length).equals(end) ? end.length : 0;
  });
}

/** Length of the longest beginning of a pattern with which the bytes end. */
function longestBeginning(patterns: readonly Buffer[], bytes: Buffer): number {
  const last = bytes.subarray(-MIN_FRAGMENT_BYTES);
  return longest(patterns, last, (pattern, at) => {
    const beginning = pattern.subarray(0, at + last.length);
    return bytes.subarray(-beginning.length).equals(beginning) ? beginning.length : 0;
  });
}

/** The largest length that `fits` gives for a place of the mark in a pattern. */
function longest(
  patterns: readonly Buffer[],
  mark: Buffer,
  fits: (pattern: Buffer, at: number) => number,
): number {
  if (mark.length < MIN_FRAGMENT_BYTES) return 0;
  let found = 0;
  for (const pattern of patterns) {
    for (let at = pattern.indexOf(mark); at >= 0; at = pattern.indexOf(mark, at + 1)) {
      found = Math.max(found, fits(pattern, at));
    }
  }
  return found;
}
