import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DescribedContext } from '../adapters/context/describe-context.js';
import {
  addContents,
  appendContent,
  getContent,
  getUpload,
  UPLOAD_OFFSET,
  type Upload,
} from '../contracts/uploads.js';
import type { Client } from './client.js';
import { CommandFailure } from './failure.js';
import type { Transfer } from './progress/transfer.js';
import { sendBytes } from './send-bytes.js';

/** Larger contents go alone and are resumed in the middle; smaller ones go together and are whole or not there. */
const LARGE_BYTES = 8 * 1024 * 1024;
const BATCH_BYTES = 32 * 1024 * 1024;
const BATCH_CONTENTS = 4_000;
/** Failures in a row without a byte of progress between them. */
const ATTEMPTS = 6;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
const READ_BYTES = 256 * 1024;

export interface SendOptions {
  readonly signal: AbortSignal;
  readonly transfer: Transfer;
  readonly onProgress?: () => void;
  readonly onRetry?: () => void;
  readonly firstDelayMs?: number;
  /** Contents of more bytes go alone. */
  readonly largeBytes?: number;
}

/**
 * Sends the contents that are missing, and goes on where Kiln stands when the connection breaks. Raises `digest_mismatch` when a
 * file is not what it was when it was described.
 */
export async function sendMissing(
  client: Client,
  context: DescribedContext,
  upload: Upload,
  options: SendOptions,
): Promise<void> {
  let { missing } = upload;
  let failures = 0;
  let fewestLeft = Infinity;
  let delayMs = options.firstDelayMs ?? FIRST_DELAY_MS;
  const totalBytes = missing.reduce((sum, sha256) => sum + sizeOf(context, sha256), 0);
  while (missing.length > 0) {
    let failure: CommandFailure | null = null;
    try {
      await sendAll(client, context, missing, options);
    } catch (error) {
      failure = error instanceof CommandFailure ? error : null;
      const isPassing = failure?.code === 'unavailable' || failure?.code === 'conflict';
      if (failure === null || !isPassing || options.signal.aborted) throw error;
    }
    if (failure !== null) {
      options.onRetry?.();
      /* What was on its way when the line broke is still being stored. */
      await sleep(delayMs, undefined, { signal: options.signal });
      delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
    }

    ({ missing } = await client.call(
      getUpload,
      { params: { digest: upload.sha256 } },
      { signal: options.signal },
    ));
    if (missing.length === 0) return;
    const left = await bytesLeft(client, context, missing, options);
    failures = left < fewestLeft ? 0 : failures + 1;
    if (failures >= ATTEMPTS) throw failure ?? new CommandFailure('unavailable');
    if (left < fewestLeft) delayMs = options.firstDelayMs ?? FIRST_DELAY_MS;
    fewestLeft = Math.min(left, fewestLeft);
    options.transfer.correct(totalBytes - left);
  }
}

function sizeOf(context: DescribedContext, sha256: string): number {
  return context.files.get(sha256)?.size ?? 0;
}

async function bytesLeft(
  client: Client,
  context: DescribedContext,
  missing: readonly string[],
  { signal, largeBytes = LARGE_BYTES }: SendOptions,
): Promise<number> {
  let left = 0;
  for (const sha256 of missing) {
    const size = sizeOf(context, sha256);
    const arrived =
      size > largeBytes
        ? (await client.call(getContent, { params: { digest: sha256 } }, { signal })).offset_bytes
        : 0;
    left += size - arrived;
  }
  return left;
}

async function sendAll(
  client: Client,
  context: DescribedContext,
  missing: readonly string[],
  options: SendOptions,
): Promise<void> {
  const { largeBytes = LARGE_BYTES } = options;
  const isLarge = (sha256: string): boolean => sizeOf(context, sha256) > largeBytes;
  const onBytes = (bytes: number): void => {
    options.transfer.add(bytes);
    options.onProgress?.();
  };
  for (const batch of batches(
    context,
    missing.filter((sha256) => !isLarge(sha256)),
  ))
    await sendBytes(client, addContents, batchBody(context, batch), { signal: options.signal, onBytes });
  for (const sha256 of missing.filter(isLarge)) {
    const { signal } = options;
    const { offset_bytes: offset } = await client.call(
      getContent,
      { params: { digest: sha256 } },
      { signal },
    );
    await sendBytes(client, appendContent, fileBody(context, sha256, offset), {
      params: { digest: sha256 },
      headers: { [UPLOAD_OFFSET]: String(offset) },
      signal,
      onBytes,
    });
  }
}

function* batches(context: DescribedContext, missing: readonly string[]): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const sha256 of missing) {
    batch.push(sha256);
    bytes += sizeOf(context, sha256);
    if (bytes < BATCH_BYTES && batch.length < BATCH_CONTENTS) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

async function* batchBody(context: DescribedContext, batch: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const sha256 of batch) {
    yield Buffer.from(`${sha256} ${sizeOf(context, sha256)}\n`);
    yield* fileBody(context, sha256, 0);
  }
}

async function* fileBody(
  context: DescribedContext,
  sha256: string,
  offset: number,
): AsyncGenerator<Uint8Array> {
  const file = context.files.get(sha256);
  if (file === undefined)
    throw new CommandFailure('internal', { message: 'Kiln asks for a content of no file.' });
  const { size } = file;
  if (offset >= size) return;
  let at = offset;
  try {
    const stream = createReadStream(file.path, { start: offset, end: size - 1, highWaterMark: READ_BYTES });
    for await (const part of stream as AsyncIterable<Buffer>) {
      at += part.length;
      yield part;
    }
  } catch (error) {
    throw changed(file.path, error);
  }
  if (at !== size) throw changed(file.path);
}

function changed(file: string, cause?: unknown): CommandFailure {
  return new CommandFailure('digest_mismatch', {
    message: `${file} changed while it was sent.`,
    fix: 'Wait until nothing writes into the folder, then build again.',
    cause,
  });
}
