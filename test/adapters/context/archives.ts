import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pack, type Header } from 'tar-stream';

/** A folder of the test's own; `remove` takes it away. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'kiln-context-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export type MadeEntry = Partial<Header> & { readonly name: string; readonly content?: string | Buffer };

/** A tar of the given entries, as they are: nothing is cleaned. */
export async function tarOf(entries: readonly MadeEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry(header, content ?? '');
  archive.finalize();
  const parts: Buffer[] = [];
  for await (const part of archive as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

/** One raw 512-byte header, for what no library writes. */
export function rawHeader(fields: {
  name: string;
  size: number;
  type: string;
  linkname?: string;
  /** The field of the size as it stands. */
  rawSize?: Buffer;
}): Buffer {
  const header = Buffer.alloc(512);
  header.write(fields.name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${fields.size.toString(8).padStart(11, '0')}\0`, 124);
  fields.rawSize?.copy(header, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(fields.type, 156);
  header.write(fields.linkname ?? '', 157);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** A PAX header with such records, before the entry that it is about. */
export function paxHeader(records: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(records)
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      const length = Buffer.byteLength(rest);
      const digits = String(length + String(length + 3).length).length;
      return `${length + digits}${rest}`;
    })
    .join('');
  const size = Buffer.byteLength(text);
  const body = Buffer.alloc(Math.ceil(size / 512) * 512);
  body.write(text);
  return Buffer.concat([rawHeader({ name: 'pax', size, type: 'x' }), body]);
}

/** The two empty blocks at the end of a tar. */
export const TAR_END = Buffer.alloc(1024);
