import { beforeAll } from 'vitest';
import type { MethodCase } from './method-case.js';

/** Starts one build a method at once; each test then looks at its own. */
export function sideBySide<Seen>(
  cases: readonly MethodCase[],
  run: (cases: readonly MethodCase[]) => Promise<readonly Seen[]>,
): (method: string) => Seen {
  let seen: readonly Seen[] = [];
  beforeAll(async () => {
    seen = await run(cases);
  }, 180_000);
  return (method) => seen[cases.findIndex((one) => one.method === method)]!;
}
