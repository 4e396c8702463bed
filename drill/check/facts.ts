import type { BuildFacts, Evidence } from '../evidence.js';

const TERMINAL = ['success', 'failed', 'cancelled'];

export function isTerminal(status: string | null): boolean {
  return status !== null && TERMINAL.includes(status);
}

export function buildsById({ builds }: Pick<Evidence, 'builds'>): Map<string, BuildFacts> {
  return new Map(builds.map((build) => [build.id, build]));
}

/** Groups in the order of the first of each. */
export function grouped<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
