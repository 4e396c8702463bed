import { SeededRandom } from './random.js';

/** What a client is going to ask for, all of it drawn from the seed. */
export interface Order {
  readonly number: number;
  /** A build by BuildKit; all others are of the stub engine. */
  readonly isReal: boolean;
  readonly project: string;
  readonly seconds: number;
  readonly lines: number;
  readonly exitCode: number;
  readonly ignoresSigterm: boolean;
  readonly hasChild: boolean;
  /** The same request is sent so often once more, at the same time, under the same key. */
  readonly repeats: number;
  /** When a cancel is sent, after the acceptance; null: never. `begin`: when its builder has printed a line; `end`: when the build is over. */
  readonly cancelAfterMs: number | 'begin' | 'end' | null;
  /** Whether it is retried when it has failed or was cancelled. */
  readonly isRetried: boolean;
}

const PROJECTS = ['amber', 'birch', 'cedar', 'delta'];
const REAL_EVERY = 20;

/** The orders of a drill: short builds for the most part, some that last, fail, are cancelled or are asked for twice. */
export function drawOrders(builds: number, seed: number, given: { readonly real: boolean }): Order[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: builds }, (_, index) => {
    const lasts = random.isBelow(0.25);
    const drawn = {
      number: index + 1,
      project: random.pick(PROJECTS),
      seconds: lasts ? random.whole(10, 30) / 10 : random.whole(0, 4) / 10,
      lines: random.isBelow(0.1) ? random.whole(500, 2_000) : random.whole(3, 40),
      exitCode: random.isBelow(0.1) ? 3 : 0,
      ignoresSigterm: random.isBelow(0.05),
      hasChild: random.isBelow(0.1),
      repeats: random.isBelow(0.2) ? random.whole(1, 3) : 0,
      cancelAfterMs: cancelAfterMs(random),
      isRetried: random.isBelow(0.3),
    };
    const isReal = given.real && (index + 1) % REAL_EVERY === REAL_EVERY / 2;
    return isReal
      ? { ...drawn, isReal, cancelAfterMs: null, exitCode: 0, isRetried: false }
      : { ...drawn, isReal };
  });
}

function cancelAfterMs(random: SeededRandom): Order['cancelAfterMs'] {
  const afterMs = random.whole(0, 2_000);
  const drawn = random.next();
  if (drawn < 0.12) return afterMs;
  return drawn < 0.18 ? 'end' : null;
}
