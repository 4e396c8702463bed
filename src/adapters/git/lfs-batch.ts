import { z } from 'zod';
import { excerpt } from '../../domain/excerpt.js';
import { KilnError } from '../../domain/errors.js';
import { requestFrom } from './https-request.js';
import type { LfsPointer } from './lfs-pointer.js';
import type { GitHost } from './server.js';

const MAX_ANSWER_BYTES = 4_000_000;
const MEDIA_TYPE = 'application/vnd.git-lfs+json';
const BATCH = 100;

/** Where the batch API of a repository is, with the headers that open it. */
export interface LfsEndpoint {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where one object can be fetched. */
export interface LfsDownload extends LfsPointer, LfsEndpoint {}

const headers = z.record(z.string(), z.string().regex(/^[^\r\n]*$/)).default({});

/** An answer of `git-lfs-authenticate`. */
export const LfsAccess = z.object({ href: z.url(), header: headers });

const Batch = z.object({
  objects: z.array(
    z.object({
      oid: z.string(),
      error: z.object({ code: z.int(), message: z.string() }).optional(),
      actions: z.object({ download: z.object({ href: z.url(), header: headers }).optional() }).optional(),
    }),
  ),
});

/** Asks the LFS server where objects are (batch API, basic transfer). Raises git_denied, git_not_found or git_unreachable. */
export async function askForDownloads(
  host: GitHost,
  endpoint: LfsEndpoint,
  wanted: readonly LfsPointer[],
  signal: AbortSignal,
): Promise<LfsDownload[]> {
  const found: LfsDownload[] = [];
  for (let from = 0; from < wanted.length; from += BATCH) {
    const part = wanted.slice(from, from + BATCH);
    const answer = await askForBatch(host, endpoint, part, signal);
    for (const pointer of part) {
      const object = answer.objects.find(({ oid }) => oid === pointer.oid);
      const download = object?.actions?.download;
      if (download === undefined) throw missing(pointer, object?.error?.message);
      found.push({ ...pointer, url: download.href, headers: withOwn(download, endpoint) });
    }
  }
  return found;
}

async function askForBatch(
  host: GitHost,
  endpoint: LfsEndpoint,
  part: readonly LfsPointer[],
  signal: AbortSignal,
): Promise<z.infer<typeof Batch>> {
  const response = await requestFrom(host, {
    method: 'POST',
    url: `${endpoint.url}/objects/batch`,
    headers: { ...endpoint.headers, accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE },
    body: JSON.stringify({
      operation: 'download',
      transfers: ['basic'],
      objects: part.map(({ oid, sizeBytes }) => ({ oid, size: sizeBytes })),
    }),
    signal,
  });
  const body = await textWithin(response, MAX_ANSWER_BYTES);
  const { statusCode = 0 } = response;
  if (statusCode === 401 || statusCode === 403) {
    throw new KilnError('git_denied', { message: 'The LFS server refused the credentials.' });
  }
  if (statusCode !== 200) {
    const code = statusCode >= 500 ? 'git_unreachable' : 'git_not_found';
    throw new KilnError(code, {
      message: `The LFS server answered ${statusCode}.`,
      detail: excerpt(body, 500),
    });
  }
  try {
    return Batch.parse(JSON.parse(body));
  } catch (cause) {
    throw new KilnError('git_failed', {
      message: 'The LFS server gave an answer that cannot be read.',
      cause,
    });
  }
}

/** What opens the batch API also opens objects on the same server, unless the answer says how to open them. */
function withOwn(
  { href, header }: { href: string; header: Readonly<Record<string, string>> },
  endpoint: LfsEndpoint,
): Record<string, string> {
  const isOwn = new URL(href).origin === new URL(endpoint.url).origin;
  const hasOwn = Object.keys(header).some((name) => name.toLowerCase() === 'authorization');
  return { ...(isOwn && !hasOwn ? endpoint.headers : {}), ...header };
}

function missing({ oid }: LfsPointer, message = 'it is not there'): KilnError {
  return new KilnError('git_not_found', {
    message: `The LFS server does not give out the object ${oid}: ${excerpt(message, 200)}.`,
  });
}

/** A longer answer than any honest one is not kept in memory. */
async function textWithin(answer: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer) {
    size += part.byteLength;
    if (size > maxBytes) {
      throw new KilnError('git_failed', { message: 'The LFS server gave an answer that is too long.' });
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
