import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  chownSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { filesBelow, moveFiles, unpackFiles } from '../../../src/embedded/backup/folder-archive.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-archive-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;

async function namesBelow(at: string, below?: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of filesBelow(at, () => true, below)) names.push(name);
  return names;
}

test('a folder that is not there has no files only where it lies below the one that was named', async () => {
  expect(await namesBelow(folder, 'contents')).toEqual([]);
  await expect(namesBelow(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a folder that cannot be read is told, not taken for an empty one', async () => {
  writeFileSync(join(folder, 'contents'), '');
  await expect(namesBelow(folder, 'contents')).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test('files that cannot be moved are not removed', async () => {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  mkdirSync(join(from, 'contents'), { recursive: true });
  writeFileSync(join(from, 'contents', 'a'), 'a');
  mkdirSync(to);
  writeFileSync(join(to, 'contents'), 'in the way');
  await expect(moveFiles(from, to)).rejects.toMatchObject({ code: 'ENOTDIR' });
  expect(readFileSync(join(from, 'contents', 'a'), 'utf8')).toBe('a');
});

(isRoot ? test : test.skip)('what root moves belongs to the owner of the folder it comes into', async () => {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  mkdirSync(join(from, 'contents', 'tenant'), { recursive: true });
  writeFileSync(join(from, 'contents', 'tenant', 'a'), 'a', { mode: 0o600 });
  mkdirSync(to);
  chownSync(to, 12_345, 12_346);

  await moveFiles(from, to);

  for (const name of ['contents', 'contents/tenant', 'contents/tenant/a']) {
    const { uid, gid } = statSync(join(to, name));
    expect([name, uid, gid]).toEqual([name, 12_345, 12_346]);
  }
  expect(existsSync(from)).toBe(false);
});

test('an archive with a name that leads out of its folder is refused for that, also when much follows', async () => {
  const file = join(folder, 'contents.tar');
  const archive = pack();
  const written = pipeline(archive, createWriteStream(file));
  archive.entry({ name: '../outside' }, 'x');
  for (let index = 0; index < 20; index += 1) archive.entry({ name: `file-${index}` }, Buffer.alloc(100_000));
  archive.finalize();
  await written;
  await expect(unpackFiles(file, join(folder, 'unpacked'), () => undefined)).rejects.toMatchObject({
    code: 'backup_invalid',
    message: expect.stringContaining('../outside'),
  });
});
