/** Where a member is in two sequences, by its index; null in the one that does not have it. */
export interface Aligned {
  /** `same`: in the order of both. `moved`: both have it, among others. */
  readonly change: 'same' | 'moved' | 'added' | 'removed';
  readonly before: number | null;
  readonly after: number | null;
}

/** Sets two sequences side by side, so that as many members as can be are the same in the same order, those at the beginning first. */
export function alignSequences(before: readonly string[], after: readonly string[]): Aligned[] {
  const common = commonLengths(before, after);
  const commonAt = (left: number, right: number): number => common[left]?.[right] ?? -1;
  const aligned: Aligned[] = [];
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    if (left < before.length && right < after.length && before[left] === after[right]) {
      aligned.push({ change: 'same', before: left++, after: right++ });
    } else if (commonAt(left + 1, right) >= commonAt(left, right + 1)) {
      aligned.push({ change: 'removed', before: left++, after: null });
    } else aligned.push({ change: 'added', before: null, after: right++ });
  }
  return withMoved(aligned, before, after);
}

/** Of each pair of ends the length of their longest common subsequence. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const lengths = Array.from({ length: before.length + 1 }, () => Array<number>(after.length + 1).fill(0));
  for (let left = before.length - 1; left >= 0; left -= 1)
    for (let right = after.length - 1; right >= 0; right -= 1)
      lengths[left]![right] =
        before[left] === after[right]
          ? lengths[left + 1]![right + 1]! + 1
          : Math.max(lengths[left + 1]![right]!, lengths[left]![right + 1]!);
  return lengths;
}

/** A member that is taken away in one place and comes in another is one that has moved. */
function withMoved(
  aligned: readonly Aligned[],
  before: readonly string[],
  after: readonly string[],
): Aligned[] {
  const gone = new Map<string, number[]>();
  for (const { change, before: index } of aligned)
    if (change === 'removed' && index !== null)
      gone.set(before[index]!, [...(gone.get(before[index]!) ?? []), index]);
  const moved = new Set<number>();
  const placed = aligned.map((one) => {
    const from =
      one.change === 'added' && one.after !== null ? gone.get(after[one.after]!)?.shift() : undefined;
    if (from === undefined) return one;
    moved.add(from);
    return { ...one, change: 'moved' as const, before: from };
  });
  return placed.filter(({ change, before: index }) => !(change === 'removed' && moved.has(index ?? -1)));
}
