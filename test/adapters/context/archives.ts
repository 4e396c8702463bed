import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack, type Header } from 'tar-stream';

/** A folder of the test's own; `remove` takes it away. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-context-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export type MadeEntry = Partial<Header> & { readonly name: string; readonly content?: string | Buffer };

/** Writes a tar (or tar.gz) of the given entries, as they are: nothing is cleaned. */
export async function makeArchive(
  file: string,
  entries: readonly MadeEntry[],
  isGzip = true,
): Promise<string> {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry(header, content ?? '');
  archive.finalize();
  const source = Readable.from(archive as AsyncIterable<Buffer>);
  await (isGzip
    ? pipeline(source, createGzip(), createWriteStream(file))
    : pipeline(source, createWriteStream(file)));
  return file;
}

/** One raw 512-byte header, for what no library writes. */
export function rawHeader(fields: { name: string; size: number; type: string; linkname?: string }): Buffer {
  const header = Buffer.alloc(512);
  header.write(fields.name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${fields.size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(fields.type, 156);
  header.write(fields.linkname ?? '', 157);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

export function writeArchive(file: string, blocks: readonly Buffer[]): string {
  writeFileSync(file, Buffer.concat([...blocks, Buffer.alloc(1024)]));
  return file;
}
