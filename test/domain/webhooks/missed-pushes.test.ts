import fc from 'fast-check';
import {
  compareHeads,
  type Head,
  type SeenHead,
  UNSURE_MS,
} from '../../../src/domain/webhooks/missed-pushes.js';

const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(40)) as [string, string, string];
const MAIN = 'refs/heads/main';
const MINUTE = 60_000;
const NOON = 1_000_000_000_000;

const main = (sha: string): Head => ({ ref: MAIN, sha });
const at = (sha: string, minutes: number): SeenHead => ({ ref: MAIN, sha, atMs: NOON + minutes * MINUTE });

function reading(heads: Head[], given: Partial<Parameters<typeof compareHeads>[1]>) {
  return compareHeads(heads, { seen: [], told: [], isFirst: false, readAtMs: NOON, ...given });
}

describe('what a reading of heads misses', () => {
  it('is nothing at the first one, which records them', () => {
    expect(reading([main(A)], { isFirst: true })).toEqual({ missed: [], seen: [main(A)], gone: [] });
  });

  it('is a head that neither an earlier reading nor a delivery has told of', () => {
    expect(reading([main(B)], { seen: [at(A, -10)] })).toMatchObject({ missed: [main(B)], seen: [main(B)] });
    expect(reading([main(A)], {})).toMatchObject({ missed: [main(A)] });
  });

  it('is nothing that was told of, or seen before', () => {
    expect(reading([main(A)], { seen: [at(A, -10)] })).toEqual({ missed: [], seen: [], gone: [] });
    expect(reading([main(B)], { seen: [at(A, -10)], told: [at(B, -5)] })).toMatchObject({ missed: [] });
  });

  it('keeps what was told of, for deliveries go when they are old', () => {
    expect(reading([main(B)], { seen: [at(A, -10)], told: [at(B, -5)] }).seen).toEqual([main(B)]);
  });

  it('is a branch that was forced back to where it was before', () => {
    const told = [at(A, -30), at(B, -20)];
    expect(reading([main(A)], { seen: [at(A, -25)], told }).missed).toEqual([main(A)]);
    expect(reading([main(A)], { seen: [at(A, -25)], told: [...told, at(A, -5)] }).missed).toEqual([]);
  });

  it('is told once: a head that was found is seen, whatever was told before it', () => {
    const found = reading([main(A)], { seen: [at(A, -25)], told: [at(B, -20)] });
    const seen = found.seen.map((head) => ({ ...head, atMs: NOON }));
    const next = { seen, told: [at(B, -20)], readAtMs: NOON + 10 * MINUTE };
    expect(reading([main(A)], next).missed).toEqual([]);
  });

  it('is left to the next reading where a delivery came at about the same time', () => {
    for (const minutes of [-0.9, 0, 0.5])
      for (const isFirst of [false, true])
        expect(reading([main(A)], { seen: [at(B, -10)], told: [at(C, minutes)], isFirst })).toEqual({
          missed: [],
          seen: [],
          gone: [],
        });
    expect(UNSURE_MS).toBe(MINUTE);
  });

  it('is a branch that has come back, after it was told that it is gone', () => {
    expect(reading([main(A)], { told: [at('0'.repeat(40), -5)] }).missed).toEqual([main(A)]);
  });

  it('forgets a ref that is no more, unless something was told of it just now', () => {
    expect(reading([], { seen: [at(A, -10)] }).gone).toEqual([MAIN]);
    expect(reading([], { seen: [at(A, -10)], told: [at(B, 0)] }).gone).toEqual([]);
  });
});

describe('over any order of pushes, deliveries and readings', () => {
  interface Push {
    readonly other: boolean;
    /** When its delivery comes, in milliseconds after it; null where it never does. */
    readonly toldAfterMs: number | null;
    readonly readings: number;
  }

  /** Pushes to one branch, three minutes between them, each followed by readings. Gives how often each was found. */
  function play(pushes: readonly Push[]): number[] {
    let [seen, told, isFirst]: [SeenHead[], SeenHead[], boolean] = [[], [], true];
    let head = A;
    const found = pushes.map(() => 0);
    const read = (readAtMs: number, newest: number): void => {
      const result = compareHeads([main(head)], { seen, told, readAtMs, isFirst });
      if (result.seen.length > 0) seen = result.seen.map((one) => ({ ...one, atMs: readAtMs }));
      isFirst = false;
      for (const { sha } of result.missed) {
        expect(sha).toBe(head);
        found[newest]! += 1;
      }
    };
    read(NOON, -1);
    for (const [n, { other, toldAfterMs, readings }] of pushes.entries()) {
      const pushedMs = NOON + (n + 1) * 3 * MINUTE;
      head = [A, B, C].filter((one) => one !== head)[other ? 1 : 0]!;
      if (toldAfterMs !== null) told = [...told, { ...main(head), atMs: pushedMs + toldAfterMs }];
      for (let reading = 0; reading < readings; reading += 1) read(pushedMs + 6_000 + reading * 50_000, n);
    }
    // The branch rests: what was left unsure is settled.
    const restsMs = NOON + (pushes.length + 2) * 3 * MINUTE;
    for (let n = 0; n < 3; n += 1) read(restsMs + n * 10 * MINUTE, pushes.length - 1);
    return found;
  }

  it('finds nothing that was told of, and each push that was not, once', () => {
    const push = fc.record({
      other: fc.boolean(),
      toldAfterMs: fc.option(fc.integer({ min: 0, max: 5_000 })),
      readings: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(push, { minLength: 1, maxLength: 12 }), (pushes) => {
        expect(play(pushes)).toEqual(pushes.map(({ toldAfterMs }) => (toldAfterMs === null ? 1 : 0)));
      }),
      { numRuns: 500 },
    );
  });
});
