import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentPath, createFolderStore } from '../../../src/adapters/blobs/folder-store.js';
import { checkContents } from '../../../src/embedded/verify/check-contents.js';
import type { StoredContent } from '../../../src/storage/verify/stored-values.js';

const TENANT = '00000000-0000-7000-8000-000000000001';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-contents-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Contents in their files, in order; the last ones have other bytes of the same size. */
function contentsOf(count: number, turned: number): StoredContent[] {
  const texts = Array.from({ length: count }, (_, index) => `content ${String(index).padStart(6, '0')}`);
  const contents = texts.map((text) => ({ sha256: createHash('sha256').update(text).digest('hex'), text }));
  contents.sort((left, right) => (left.sha256 < right.sha256 ? -1 : 1));
  return contents.map(({ sha256, text }, index) => {
    const file = contentPath(folder, TENANT, sha256);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, index < count - turned ? text : text.toUpperCase());
    return { tenantId: TENANT, sha256, sizeBytes: text.length };
  });
}

test('the sample is another one each time, so that no content is left out for good', async () => {
  const contents = contentsOf(600, 100);
  const { wrong, note } = await checkContents(
    () => Promise.resolve(contents),
    createFolderStore(folder),
    false,
  );
  expect(note).toBe('500 of 600 read');
  expect(wrong).toBeGreaterThan(0);
  expect(wrong).toBeLessThan(100);
});

test('where there are few, or all are asked for, every content is read', async () => {
  const few = contentsOf(20, 3);
  expect(await checkContents(() => Promise.resolve(few), createFolderStore(folder), false)).toMatchObject({
    wrong: 3,
    note: '20 of 20 read',
  });
  const many = contentsOf(600, 100);
  expect(await checkContents(() => Promise.resolve(many), createFolderStore(folder), true)).toMatchObject({
    wrong: 100,
    note: '600 of 600 read',
  });
});
