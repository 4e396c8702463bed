const MAX_EDITS = 2;

/** The candidate that differs from the word by at most two letters added, removed or changed; null when none does. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (word.length > 20) return null;
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: edits(word, candidate) }))
    .filter(({ edits: count, candidate }) => count <= MAX_EDITS && count < candidate.length - 1)
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.candidate ?? null;
}

function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = (above[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      row.push(Math.min(change, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
  }
  return row[to.length] ?? 0;
}
