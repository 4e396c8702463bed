import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { pack, type Pack } from 'tar-stream';
import { runCommand } from '../programs/run-command.js';

/** A layer of an image: the tar as it is unpacked, and as it is stored. */
export interface ImageLayer {
  readonly tar: Buffer;
  readonly compressed: Buffer;
  /** Of what is stored; a tar packed by gzip when absent. */
  readonly mediaType?: string;
}

const FOLDERS: readonly (readonly [path: string, mode: number])[] = [
  ['bin', 0o755],
  ['etc', 0o755],
  ['home', 0o755],
  ['root', 0o700],
  ['tmp', 0o1777],
  ['usr', 0o755],
  ['usr/bin', 0o755],
  ['var', 0o755],
  ['var/cache', 0o755],
  ['var/tmp', 0o1777],
];

const FILES: readonly (readonly [path: string, content: string])[] = [
  ['etc/group', 'root:x:0:\nnobody:x:65534:\n'],
  ['etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n'],
];

/** Makes a small root file system out of a static busybox. The same busybox gives the same bytes. */
export async function busyboxLayer(busyboxPath: string): Promise<ImageLayer> {
  const { output } = await runCommand(busyboxPath, ['--list'], { timeoutMs: 10_000 });
  const applets = output.split('\n').filter((name) => /^[\w[.-]+$/.test(name) && name !== 'busybox');
  const { archive, written } = openArchive();
  for (const [name, mode] of FOLDERS) addEntry(archive, { name, mode, type: 'directory' });
  addEntry(archive, { name: 'bin/busybox', mode: 0o755 }, await readFile(busyboxPath));
  for (const applet of applets.sort())
    addEntry(archive, { name: `bin/${applet}`, mode: 0o777, type: 'symlink', linkname: 'busybox' });
  addEntry(archive, { name: 'usr/bin/env', mode: 0o777, type: 'symlink', linkname: '../../bin/busybox' });
  for (const [name, content] of FILES) addEntry(archive, { name, mode: 0o644 }, content);
  return closeArchive({ archive, written });
}

/** A file or folder of a layer; folders come before what is in them. */
export interface LayerEntry {
  readonly name: string;
  readonly mode: number;
  /** Null for a folder. */
  readonly content: Buffer | string | null;
  /** 0 (root) unless set. */
  readonly uid?: number;
}

/** Makes a layer of files. The same entries give the same bytes. */
export async function filesLayer(entries: readonly LayerEntry[]): Promise<ImageLayer> {
  const opened = openArchive();
  for (const { name, mode, content, uid = 0 } of entries) {
    if (content === null) addEntry(opened.archive, { name, mode, type: 'directory', uid, gid: uid });
    else addEntry(opened.archive, { name, mode, uid, gid: uid }, content);
  }
  return closeArchive(opened);
}

interface OpenedArchive {
  readonly archive: Pack;
  readonly written: Promise<Buffer>;
}

function openArchive(): OpenedArchive {
  const archive = pack();
  return { archive, written: buffer(archive) };
}

async function closeArchive({ archive, written }: OpenedArchive): Promise<ImageLayer> {
  archive.finalize();
  const tar = await written;
  return { tar, compressed: gzipSync(tar, { level: 6 }) };
}

type EntryHeader = Parameters<Pack['entry']>[0];

function addEntry(archive: Pack, header: EntryHeader, content?: Buffer | string): void {
  const fixed = { uid: 0, gid: 0, ...header, mtime: new Date(0) };
  if (content === undefined) archive.entry(fixed);
  else archive.entry(fixed, content);
}
