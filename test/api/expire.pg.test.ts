import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from 'kysely';
import { createContentFiles } from '../../src/adapters/blobs/content-files.js';
import { expireContents } from '../../src/api/contexts/expire.js';
import type { ContentFiles, ContentIndex } from '../../src/ports/contents.js';
import type { TenantContext } from '../../src/ports/stores.js';
import { createContentIndex } from '../../src/storage/contents/content-index.js';
import { createUploadStore } from '../../src/storage/identity/upload-store.js';
import { aBuild, aProject, aTenant } from '../support/builds.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { aContext, type MadeContext, sha256Of } from './support/a-context.js';

const DAY_MS = 86_400_000;

let db: FreshDatabase;
let folder: string;
let deps: { contents: ContentIndex; files: ContentFiles };
let tenant: TenantContext;
beforeAll(async () => {
  db = await freshDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'kiln-expire-'));
  deps = { contents: createContentIndex(db.api), files: createContentFiles(folder) };
});
beforeEach(async () => {
  tenant = await aTenant(db);
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** Stores a context, list and all; gives the id of its upload. */
async function stored(context: MadeContext): Promise<string> {
  for (const bytes of [context.list, ...context.contents.values()]) {
    const content = { sha256: sha256Of(bytes), sizeBytes: bytes.length };
    await deps.contents.need(tenant, [content]);
    const received = [await deps.files.receive(tenant.tenantId, content, once(bytes))];
    await deps.contents.store(tenant, received, () => deps.files.place(tenant.tenantId, received));
  }
  const { sha256 } = context;
  const { id } = await createUploadStore(db.api).record(tenant, { sha256, sizeBytes: 1, entryCount: 1 });
  return id;
}

const nothingNeededFor = (days: number): Promise<unknown> =>
  sql`UPDATE contents SET last_needed_at = now() - make_interval(days => ${days})
      WHERE tenant_id = ${tenant.tenantId}`.execute(db.admin);

/** Texts of those contents that are still there, by row and by bytes. */
async function left(...texts: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const text of texts) {
    const row = await deps.contents.find(tenant, sha256Of(text));
    const bytes = await deps.files.open(tenant.tenantId, sha256Of(text)).then(
      async (parts) => {
        for await (const _ of parts);
        return true;
      },
      () => false,
    );
    expect(row?.isStored === true).toBe(bytes);
    if (bytes) found.push(text);
  }
  return found;
}

test('what an open build needs stays, however old; what only others needed goes', async () => {
  const open = aContext({ Dockerfile: 'FROM open\n', both: 'both' });
  const over = aContext({ Dockerfile: 'FROM over\n', both: 'both' });
  const project = await aProject(db, tenant);
  const source = { kind: 'upload' as const, upload_id: await stored(open) };
  await aBuild(db, tenant, project.id, { source });
  await stored(over);
  await nothingNeededFor(100);

  expect(await expireContents(deps, 14 * DAY_MS)).toBe(2);
  const all = ['FROM open\n', 'both', 'FROM over\n', open.list.toString(), over.list.toString()];
  expect(await left(...all)).toEqual(['FROM open\n', 'both', open.list.toString()]);
});

test('a list of an open build whose bytes somebody deleted keeps nothing and stops nothing', async () => {
  const open = aContext({ Dockerfile: 'FROM lost\n' });
  const project = await aProject(db, tenant);
  const source = { kind: 'upload' as const, upload_id: await stored(open) };
  await aBuild(db, tenant, project.id, { source });
  await deps.files.remove(tenant.tenantId, [open.sha256]);
  await nothingNeededFor(100);
  expect(await expireContents(deps, 14 * DAY_MS)).toBe(2);
  expect(await left('FROM lost\n')).toEqual([]);
});

test('nothing goes before its time', async () => {
  await stored(aContext({ Dockerfile: 'FROM young\n' }));
  await nothingNeededFor(13);
  expect(await expireContents(deps, 14 * DAY_MS)).toBe(0);
  expect(await left('FROM young\n')).toEqual(['FROM young\n']);
});
