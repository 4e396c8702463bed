import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream/promises';
import { PassThrough, Transform, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { putUpload, type Upload } from '../contracts/uploads.js';
import { urlOf, type Client } from './client.js';
import { CommandFailure } from './failure.js';
import { failureOfAnswer, unreachable } from './problem.js';

const ATTEMPTS = 6;
const FIRST_DELAY_MS = 250;
/** An upload that moves no byte for so long is broken. */
const STALL_MS = 60_000;

/** Bytes that lie in a file, with their digest. */
export interface SpooledFile {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Writes a stream into a file and hashes it on the way. */
export async function spool(
  stream: Readable,
  file: string,
  options: { signal: AbortSignal; onBytes?: (soFar: number) => void },
): Promise<SpooledFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const measure = new Transform({
    transform(bytes: Buffer, _encoding, done) {
      hash.update(bytes);
      sizeBytes += bytes.length;
      options.onBytes?.(sizeBytes);
      done(null, bytes);
    },
  });
  await pipeline(stream, measure, fs.createWriteStream(file, { mode: 0o600 }), { signal: options.signal });
  return { path: file, sha256: hash.digest('hex'), sizeBytes };
}

/**
 * Sends a file with one PUT under its digest; repeating is harmless, so a broken connection is tried again. An answer
 * that comes before the last byte (too large, wrong token) ends the sending.
 */
export async function uploadFile(
  client: Client,
  file: SpooledFile,
  options: {
    signal: AbortSignal;
    onBytes?: (sent: number) => void;
    onRetry?: () => void;
    firstDelayMs?: number;
  },
): Promise<Upload> {
  let delayMs = options.firstDelayMs ?? FIRST_DELAY_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await putOnce(client, file, options);
    } catch (error) {
      const again = error instanceof CommandFailure && error.rule.retryable && attempt < ATTEMPTS;
      if (!again || options.signal.aborted) throw error;
      options.onRetry?.();
      await sleep(delayMs, undefined, { signal: options.signal });
      delayMs *= 2;
    }
  }
}

async function putOnce(
  client: Client,
  file: SpooledFile,
  options: { signal: AbortSignal; onBytes?: (sent: number) => void },
): Promise<Upload> {
  const url = new URL(urlOf(client.apiUrl, putUpload, { params: { digest: file.sha256 } }));
  const request = (url.protocol === 'https:' ? https : http).request(url, {
    method: 'PUT',
    signal: options.signal,
    headers: {
      authorization: client.authorization,
      'content-type': putUpload.rawBody,
      'content-length': file.sizeBytes,
    },
  });
  request.setTimeout(STALL_MS, () =>
    request.destroy(new CommandFailure('unavailable', { message: 'The upload stalled.' })),
  );
  const answer = new Promise<{ status: number; body: string }>((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      /* Once an answer is there, a connection that breaks under the rest of the body changes nothing. */
      request.off('error', reject).on('error', () => undefined);
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
      response.once('error', reject);
    });
  });
  let sent = 0;
  const counted = new PassThrough().on('data', (bytes: Buffer) => options.onBytes?.((sent += bytes.length)));
  const sending = pipeline(fs.createReadStream(file.path), counted, request);
  sending.catch(() => undefined);
  try {
    const { status, body } = await answer;
    if (status < 200 || status > 299) throw failureOfAnswer(status, body, client.apiUrl);
    return JSON.parse(body) as Upload;
  } catch (error) {
    if (error instanceof CommandFailure || options.signal.aborted) throw error;
    throw unreachable(client.apiUrl, error);
  } finally {
    request.destroy();
  }
}
