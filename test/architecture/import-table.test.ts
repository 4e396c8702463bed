import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url);

interface Rule {
  readonly name: string;
  readonly from: { readonly path?: string };
  readonly to: { readonly pathNot?: readonly string[] | string };
}

/** The packages that the import rules give to each folder of src/adapters. */
async function packagesByAdapter(): Promise<Map<string, string[]>> {
  const { default: config } = (await import(new URL('.dependency-cruiser.mjs', ROOT).href)) as {
    default: { forbidden: readonly Rule[] };
  };
  return new Map(
    config.forbidden.flatMap(({ name, from, to }) => {
      const adapter = /^\^src\/adapters\/([^/[]+)\/$/.exec(from.path ?? '')?.[1];
      if (adapter === undefined || !name.endsWith('-packages')) return [];
      return [
        [adapter, [to.pathNot ?? []].flat().map((path) => path.slice('node_modules/(@types/)?'.length, -1))],
      ];
    }),
  );
}

test('every adapter has a row that names its packages', async () => {
  const adapters = readdirSync(new URL('src/adapters/', ROOT));
  expect([...(await packagesByAdapter()).keys()].sort()).toEqual(adapters.sort());
});

test('the table of ARCHITECTURE.md gives the adapters the same packages', async () => {
  const rows = readFileSync(new URL('ARCHITECTURE.md', ROOT), 'utf8').split('\n');
  const row = rows.find((line) => line.startsWith('| src/adapters ')) ?? '';
  for (const [adapter, packages] of await packagesByAdapter()) {
    if (packages.length === 0) continue;
    // One clause an adapter, or several of them: "build-file: yaml, zod".
    const clauses = row
      .split(/[;|]/)
      .map((text) => text.split(':').map((part) => part.trim().split(/, | and /)));
    const named = clauses.find(([adapters]) => adapters?.includes(adapter))?.[1]?.sort();
    expect([adapter, named]).toEqual([adapter, [...packages].sort()]);
  }
});
