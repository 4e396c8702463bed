import { relieveDisk } from '../../src/api/contexts/relieve-disk.js';
import type { ContentFiles } from '../../src/ports/contents.js';
import { fakeContents } from './support/fake-contents.js';

const HOUR_MS = 3_600_000;
const TENANT = '11111111-1111-4111-8111-111111111111';

/** A store with a content of each of these ages; each deletion frees a byte. */
function aStore(agesHours: number[], freeAtFirst: number | null) {
  let ages = agesHours.map((hours) => hours * HOUR_MS);
  let free = freeAtFirst;
  const contents = {
    ...fakeContents(new Map()),
    tenantsWithExpired: (keepMs: number) => Promise.resolve(ages.some((age) => age > keepMs) ? [TENANT] : []),
    expire: (_tenantId: string, keepMs: number) => {
      const kept = ages.filter((age) => age <= keepMs);
      const gone = ages.length - kept.length;
      ages = kept;
      if (free !== null) free += gone;
      return Promise.resolve(gone);
    },
  };
  const files = { sweep: () => Promise.resolve() } as unknown as ContentFiles;
  const relieve = (reserveBytes: number) =>
    relieveDisk({ contents, files }, { keepMs: 336 * HOUR_MS, reserveBytes, freeBytes: async () => free });
  return { relieve, left: () => ages.map((age) => age / HOUR_MS) };
}

test('a disk with room keeps every content', async () => {
  const { relieve, left } = aStore([300, 200, 2], 10);
  expect(await relieve(10)).toBe(0);
  expect(left()).toEqual([300, 200, 2]);
});

test('a disk short of its reserve loses the oldest contents, and no more than it takes', async () => {
  const { relieve, left } = aStore([300, 200, 100, 2], 8);
  expect(await relieve(10)).toBe(2);
  expect(left()).toEqual([100, 2]);
});

test('what was needed within the last hour stays even on a full disk', async () => {
  const { relieve, left } = aStore([300, 100, 3, 0.5], 0);
  expect(await relieve(10)).toBe(3);
  expect(left()).toEqual([0.5]);
});

test('nothing goes where nobody can tell what is free', async () => {
  const { relieve, left } = aStore([300], null);
  expect(await relieve(10)).toBe(0);
  expect(left()).toEqual([300]);
});
