import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { extract, pack, type Header } from 'tar-stream';
import { takeFromLayers } from '../../../src/adapters/layers/take-from-layers.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-layers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Entry = string | (Partial<Header> & { readonly name: string });

/** A layer: names of folders end with a slash; a file holds the name of its layer. */
async function aLayer(label: string, entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const entry of entries) {
    if (typeof entry !== 'string') tar.entry(entry);
    else if (entry.endsWith('/')) tar.entry({ name: entry, type: 'directory' });
    else tar.entry({ name: entry }, label);
  }
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(part as Buffer);
  return gzipSync(Buffer.concat(parts));
}

/** What the layers (the lowest first) show at /reports; also which of them were opened, by number from the base. */
async function shown(layers: readonly (readonly Entry[])[], maxBytes = 1000, path = '/reports') {
  const blobs = await Promise.all(layers.map((entries, at) => aLayer(`layer ${at}`, entries)));
  const opened: number[] = [];
  const tar = join(folder, 'out.tar');
  const open = (blob: Buffer, at: number) =>
    async function* () {
      opened.push(at);
      yield await Promise.resolve(blob);
    };
  await takeFromLayers(blobs.map(open).toReversed(), path, { tar, maxBytes });
  const found: Record<string, string> = {};
  const reader = extract();
  reader.end(readFileSync(tar));
  for await (const entry of reader) {
    let text = '';
    for await (const part of entry) text += String(part);
    found[entry.header.name] = entry.header.linkname ?? text;
  }
  return { found, opened };
}

test('a file is taken from the highest layer that has it, and lower ones are not read', async () => {
  expect(await shown([['reports'], ['app', 'reports'], ['other']])).toEqual({
    found: { '0': 'layer 1' },
    opened: [2, 1],
  });
});

test('a folder is what all layers show of it', async () => {
  const { found } = await shown([
    ['reports/', 'reports/a.xml', 'reports/b.xml', 'reports/c.xml', 'reportsmore/x'],
    ['reports/b.xml', 'reports/.wh.c.xml', 'reports/d.xml'],
  ]);
  expect(found).toEqual({ '0': '', '0/a.xml': 'layer 0', '0/b.xml': 'layer 1', '0/d.xml': 'layer 1' });
});

test.each([
  ['an opaque folder', ['reports/', 'reports/.wh..wh..opq', 'reports/new']],
  ['a removed folder that was made anew', ['.wh.reports', 'reports/', 'reports/new']],
])('%s hides what lower layers have, and they are not read', async (_what, upper) => {
  expect(await shown([['reports/old'], upper])).toEqual({
    found: { '0': '', '0/new': 'layer 1' },
    opened: [1],
  });
});

test('what is on the way to the path hides too', async () => {
  const path = '/srv/app/reports';
  for (const hider of ['.wh.srv', 'srv'])
    await expect(shown([['srv/app/reports/a'], [hider]], 1000, path)).rejects.toMatchObject({
      code: 'artifact_unusable',
      message: expect.stringContaining('There is no /srv/app/reports in the image'),
    });
  expect((await shown([['srv/app/reports/a'], ['srv/', 'srv/app/']], 1000, path)).found).toEqual({
    '0/a': 'layer 0',
  });
});

test('a file that took the place of a folder hides what was in that', async () => {
  const { found } = await shown([['reports/deep/a'], ['reports/deep']]);
  expect(found).toEqual({ '0/deep': 'layer 1' });
});

test('links stay as they are for who takes them; hard ones name their place in the tar', async () => {
  const { found } = await shown([
    [
      'reports/a',
      { name: 'reports/soft', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'reports/hard', type: 'link', linkname: 'reports/a' },
      { name: 'reports/out', type: 'link', linkname: 'etc/shadow' },
    ],
  ]);
  expect(found).toEqual({
    '0/a': 'layer 0',
    '0/soft': '/etc/passwd',
    '0/hard': '0/a',
    '0/out': '../etc/shadow',
  });
});

test('too many bytes are refused, and so is a layer that is no tar', async () => {
  await expect(shown([['reports/a', 'reports/b']], 10)).rejects.toMatchObject({ code: 'artifact_too_large' });
  const noTar = async function* () {
    yield await Promise.resolve(Buffer.from('no tar at all'.repeat(100)));
  };
  const tar = join(folder, 'out.tar');
  await expect(takeFromLayers([noTar], '/reports', { tar, maxBytes: 10 })).rejects.toMatchObject({
    code: 'artifact_unusable',
    message: expect.stringContaining('/reports of the image cannot be read'),
  });
});
