import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { extract } from 'tar-stream';
import { busyboxLayer } from '../../../src/embedded/base-image/busybox-layer.js';
import { singleLayerImage } from '../../../src/embedded/base-image/single-layer-image.js';

let folder: string;
let busybox: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-base-'));
  busybox = join(folder, 'busybox');
  await writeFile(busybox, '#!/bin/sh\nprintf "sh\\nls\\n[\\nbusybox\\n"\n', { mode: 0o755 });
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('the same busybox gives the same digest', async () => {
  const first = singleLayerImage(await busyboxLayer(busybox));
  const second = singleLayerImage(await busyboxLayer(busybox));

  expect(second.manifest.digest).toBe(first.manifest.digest);
});

test('the layer holds busybox, a link for each applet, users and a writable /tmp', async () => {
  const { compressed } = await busyboxLayer(busybox);

  const entries = new Map<string, string>();
  const archive = Readable.from(gunzipSync(compressed)).pipe(extract());
  for await (const entry of archive) {
    const { name, type, linkname, mode } = entry.header;
    entries.set(
      name.replace(/\/$/, ''),
      type === 'symlink' ? `-> ${linkname}` : `${type} ${mode.toString(8)}`,
    );
    entry.resume();
  }
  expect(Object.fromEntries(entries)).toMatchObject({
    'bin/busybox': 'file 755',
    'bin/sh': '-> busybox',
    'bin/[': '-> busybox',
    'etc/passwd': 'file 644',
    tmp: 'directory 1777',
  });
});

test('the manifest names its config and its layer by digest and size', async () => {
  const image = singleLayerImage(await busyboxLayer(busybox));

  const manifest = JSON.parse(image.manifest.bytes.toString()) as { config: object; layers: object[] };
  const [layer, config] = image.blobs;
  expect(manifest.layers).toEqual([
    { mediaType: layer?.mediaType, digest: layer?.digest, size: layer?.bytes.length },
  ]);
  expect(manifest.config).toMatchObject({ digest: config?.digest, size: config?.bytes.length });
});
