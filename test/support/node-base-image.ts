import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { busyboxLayer } from '../../src/embedded/base-image/busybox-layer.js';
import { pushImage } from '../../src/embedded/base-image/push-image.js';
import { singleLayerImage } from '../../src/embedded/base-image/single-layer-image.js';
import { ensurePrograms } from '../../src/embedded/programs.js';

type Archive = ReturnType<typeof pack>;

/** Where this machine keeps the authorities it trusts, and where the image has them. */
export const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Makes an image with the Node.js and npm of this machine, the libraries that they and native modules load, and busybox, and pushes
 * it: a base image for where no public registry can be reached. Gives its reference.
 */
export async function provideNodeImage(registryUrl: string): Promise<string> {
  const { busybox } = await ensurePrograms(['busybox']);
  const archive = pack();
  const written = buffer(archive);
  const node = realpathSync(process.execPath);
  await copyEntries((await busyboxLayer(busybox.path)).compressed, archive);
  addFile(archive, 'usr/bin/node', readFileSync(node));
  for (const library of librariesOf(node)) addFile(archive, library.slice(1), readFileSync(library));
  addFile(archive, AUTHORITIES.slice(1), readFileSync(AUTHORITIES));
  addNpm(archive);
  archive.finalize();
  const tar = await written;
  await pushImage(singleLayerImage({ tar, compressed: gzipSync(tar, { level: 1 }) }), {
    registryUrl,
    repository: 'base/node',
    tag: process.versions.node,
  });
  return `${new URL(registryUrl).host}/base/node:${process.versions.node}`;
}

/** An image that holds buildctl and nothing else. */
export async function provideBuildctlImage(registryUrl: string): Promise<string> {
  const { buildctl } = await ensurePrograms(['buildctl']);
  const archive = pack();
  const written = buffer(archive);
  addFile(archive, 'usr/bin/buildctl', readFileSync(buildctl.path));
  archive.finalize();
  const tar = await written;
  await pushImage(singleLayerImage({ tar, compressed: gzipSync(tar, { level: 1 }) }), {
    registryUrl,
    repository: 'base/buildctl',
    tag: buildctl.version,
  });
  return `${new URL(registryUrl).host}/base/buildctl:${buildctl.version}`;
}

/** What the dynamic linker loads for a program, with the linker itself, and what native modules ask for besides. */
function librariesOf(program: string): string[] {
  const output = execFileSync('ldd', [program], { encoding: 'utf8' });
  const found = output.split('\n').flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  const folder = dirname(found.find((path) => path.includes('libc.so')) ?? '/lib');
  return [...new Set([...found, join(folder, 'librt.so.1'), join(folder, 'libresolv.so.2')])];
}

function addNpm(archive: Archive): void {
  const npm = execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim();
  const from = join(npm, 'npm');
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = join('usr/lib/node_modules/npm', relative(from, path));
    if (entry.isFile()) addFile(archive, name, readFileSync(path));
    else if (entry.isSymbolicLink())
      archive.entry({ name, type: 'symlink', linkname: readlinkSync(path), mtime: new Date(0) });
  }
  const linkname = '../lib/node_modules/npm/bin/npm-cli.js';
  archive.entry({ name: 'usr/bin/npm', type: 'symlink', linkname, mtime: new Date(0) });
}

function addFile(archive: Archive, name: string, content: Buffer): void {
  archive.entry({ name, mode: 0o755, mtime: new Date(0) }, content);
}

async function copyEntries(compressed: Buffer, archive: Archive): Promise<void> {
  const source = extract();
  source.end(gunzipSync(compressed));
  for await (const entry of source) archive.entry(entry.header, await buffer(entry));
}
