import { createHash } from 'node:crypto';
import { request } from 'node:http';
import type { Upload } from '../../../src/contracts/uploads.js';
import { type ContextEntry, formatEntry } from '../../../src/domain/contexts/entry.js';
import { comesBefore } from '../../../src/domain/contexts/paths.js';
import type { ApiUnderTest } from './running-api.js';

export const sha256Of = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/** A context made of files by path (a text or bytes; `-> x` makes a link to x). */
export interface MadeContext {
  readonly list: Buffer;
  readonly sha256: string;
  readonly contents: ReadonlyMap<string, Buffer>;
}

export function aContext(files: Readonly<Record<string, string | Buffer>>): MadeContext {
  const contents = new Map<string, Buffer>();
  const entries = new Map<string, ContextEntry>();
  for (const [path, content] of Object.entries(files)) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/');
      entries.set(folder, { path: folder, kind: 'folder', mode: 0o755, mtime: 1_700_000_000 });
    }
    if (typeof content === 'string' && content.startsWith('-> ')) {
      entries.set(path, { path, kind: 'link', target: content.slice(3) });
      continue;
    }
    const bytes = Buffer.from(content);
    const sha256 = sha256Of(bytes);
    if (bytes.length > 0) contents.set(sha256, bytes);
    entries.set(path, { path, kind: 'file', mode: 0o644, mtime: 1_700_000_000, size: bytes.length, sha256 });
  }
  const sorted = [...entries.values()].sort((a, b) => (comesBefore(a.path, b.path) ? -1 : 1));
  const list = Buffer.from(sorted.map((entry) => `${formatEntry(entry)}\n`).join(''));
  return { list, sha256: sha256Of(list), contents };
}

/** The body of addContents. */
export function framed(contents: Iterable<readonly [string, Buffer]>): Buffer {
  return Buffer.concat(
    [...contents].flatMap(([sha256, bytes]) => [Buffer.from(`${sha256} ${bytes.length}\n`), bytes]),
  );
}

export function sendRaw(
  api: ApiUnderTest,
  method: string,
  path: string,
  body: Uint8Array | ReadableStream,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${api.url}${path}`, {
    method,
    headers: { authorization: 'Bearer good-token', ...headers },
    body: body instanceof Uint8Array ? Buffer.from(body) : body,
    duplex: 'half',
  } as RequestInit);
}

/** Registers a context and sends what is missing; gives the upload. */
export async function upload(api: ApiUnderTest, context: MadeContext): Promise<Upload> {
  const path = `/v1/uploads/sha256/${context.sha256}`;
  const { missing } = (await (await sendRaw(api, 'PUT', path, context.list)).json()) as Upload;
  const wanted = [...context.contents].filter(([sha256]) => missing.includes(sha256));
  if (wanted.length > 0) await sendRaw(api, 'POST', '/v1/contents', framed(wanted));
  return (await (await api.send(path)).json()) as Upload;
}

/** Waits until it is so. */
export async function eventually(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Sends a body in part and breaks the connection once `arrived` says so. */
export async function breakOff(
  api: ApiUnderTest,
  method: string,
  path: string,
  bytes: Uint8Array,
  headers: Record<string, string>,
  arrived: () => Promise<boolean>,
): Promise<void> {
  const sent = request(`${api.url}${path}`, {
    method,
    headers: { authorization: 'Bearer good-token', ...headers },
  });
  sent.on('error', () => undefined);
  sent.write(bytes);
  await eventually(arrived);
  sent.destroy();
}
