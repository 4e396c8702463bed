import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogChunkIn } from '../contracts/supervisor.js';
import type { AppendFile } from './append-file.js';
import { readJsonFile } from './durable-file.js';
import { Doorbell } from './doorbell.js';
import { keepTrying, type Patience } from './keep-trying.js';

const BATCH_BYTES = 1024 * 1024;
const BATCH_CHUNKS = 256;

/** Sends the chunks on disk to the api, in order, at most once in `everyMs`, and again until they are stored; it never drops one. */
export class LogUploader {
  readonly #bell = new Doorbell();
  #positionBytes = 0;
  readonly #closing = new AbortController();

  constructor(
    private readonly file: AppendFile,
    private readonly uploadedPath: string,
    private readonly send: (chunks: LogChunkIn[]) => Promise<void>,
    private readonly everyMs: number,
    private readonly patience: Patience,
  ) {}

  /** More chunks are on disk. */
  ring(): void {
    this.#bell.ring();
  }

  /** Begins again at the first chunk: the api says that some are missing. */
  startOver(): void {
    this.#positionBytes = 0;
    this.#bell.ring();
  }

  /** Ends `run` once everything is sent. */
  close(): void {
    this.#closing.abort();
    this.#bell.ring();
  }

  /** Resolves after `close`, when all chunks are stored; rejects when the api refuses them or the signal fires. */
  async run(): Promise<void> {
    const known = await readJsonFile<{ positionBytes: number }>(this.uploadedPath);
    this.#positionBytes = Math.min(known?.positionBytes ?? 0, this.file.sizeBytes);
    for (;;) {
      await this.sendAll();
      if (this.#closing.signal.aborted) return;
      const pausing = AbortSignal.any([this.patience.signal, this.#closing.signal]);
      await sleep(this.everyMs, undefined, { signal: pausing }).catch(() => {});
      await this.#bell.wait(this.patience.signal);
      this.patience.signal.throwIfAborted();
    }
  }

  /** Sends what is on disk now. */
  async sendAll(): Promise<void> {
    while (this.#positionBytes < this.file.sizeBytes) {
      const { chunks, bytes } = firstChunks(await this.file.read(this.#positionBytes, BATCH_BYTES));
      await keepTrying(() => this.send(chunks), this.patience);
      this.#positionBytes += bytes;
      // Where it cannot be kept (the disk is full), a later life sends again what the api has already.
      await writeFile(this.uploadedPath, JSON.stringify({ positionBytes: this.#positionBytes })).catch(
        () => {},
      );
    }
  }
}

/** The whole records at the start of a block, at most one batch. */
function firstChunks(block: Buffer): { chunks: LogChunkIn[]; bytes: number } {
  const chunks: LogChunkIn[] = [];
  let bytes = 0;
  while (chunks.length < BATCH_CHUNKS) {
    const end = block.indexOf(10, bytes);
    if (end < 0) break;
    chunks.push(JSON.parse(block.toString('utf8', bytes, end)) as LogChunkIn);
    bytes = end + 1;
  }
  return { chunks, bytes };
}
