import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { KilnError } from '../../domain/errors.js';
import { tooMany } from './write-hashed.js';

/** One who sends a piece and is silent for so long gives way to the next. */
const SILENCE_MS = 5_000;

interface Sending {
  lastMs: number;
  readonly giveWay: () => void;
  readonly ended: Promise<void>;
}

/** Adds pieces to files, one sender a file at a time. What has arrived is kept, also when a sender breaks off. */
export class PieceWriter {
  readonly #sending = new Map<string, Sending>();

  /** See ContentFiles.append. */
  async append(
    file: string,
    sizeBytes: number,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<number> {
    const before = this.#sending.get(file);
    if (before !== undefined && Date.now() - before.lastMs < SILENCE_MS) {
      throw new KilnError('conflict', {
        message: 'Another request is sending this content: ask again in a moment.',
      });
    }
    const over = aDoor();
    const ended = aDoor();
    const sending = { lastMs: Date.now(), giveWay: over.open, ended: ended.opened };
    this.#sending.set(file, sending);
    try {
      before?.giveWay();
      await before?.ended;
      return await write(file, sizeBytes, offset, until(over.opened, bytes, sending));
    } finally {
      if (this.#sending.get(file) === sending) this.#sending.delete(file);
      ended.open();
    }
  }
}

async function write(
  file: string,
  sizeBytes: number,
  offset: number,
  bytes: AsyncIterable<Uint8Array>,
): Promise<number> {
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o660);
  let end = offset;
  try {
    const { size } = await handle.stat();
    if (size !== offset) {
      throw new KilnError('conflict', {
        fields: [{ field: 'upload-offset', message: `${size} bytes have arrived: go on there` }],
      });
    }
    for await (const part of bytes) {
      if (end + part.length > sizeBytes) throw tooMany(sizeBytes);
      await handle.write(part, 0, part.length, end);
      end += part.length;
    }
    return end;
  } finally {
    await handle.sync().catch(() => undefined);
    await handle.close();
  }
}

/** The parts until another sender is let in. */
async function* until(
  over: Promise<void>,
  bytes: AsyncIterable<Uint8Array>,
  sending: { lastMs: number },
): AsyncGenerator<Uint8Array> {
  const parts = bytes[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([parts.next(), over]);
    if (next === undefined)
      throw new KilnError('conflict', { message: 'Another request went on with this content.' });
    if (next.done === true) return;
    sending.lastMs = Date.now();
    yield next.value;
  }
}

function aDoor(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
