import { open, type FileHandle } from 'node:fs/promises';
import { syncFolder } from './durable-file.js';
import path from 'node:path';

/** A file of JSON lines that only grows. A line which a crash left half written is cut off when the file is opened. */
export class AppendFile {
  #unsynced = false;

  private constructor(
    private readonly handle: FileHandle,
    public sizeBytes: number,
  ) {}

  /** Opens or creates the file and calls `onRecord` for each record in it. */
  static async open<T>(file: string, onRecord: (record: T) => void): Promise<AppendFile> {
    const handle = await open(file, 'a+', 0o600);
    let wholeBytes = 0;
    let rest = Buffer.alloc(0);
    for await (const block of handle.createReadStream({ start: 0, autoClose: false })) {
      rest = Buffer.concat([rest, block as Buffer]);
      let from = 0;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, from)) {
        onRecord(JSON.parse(rest.toString('utf8', from, end)) as T);
        from = end + 1;
      }
      wholeBytes += from;
      rest = rest.subarray(from);
    }
    await handle.truncate(wholeBytes);
    await syncFolder(path.dirname(file));
    return new AppendFile(handle, wholeBytes);
  }

  /** Writes the records; they survive the death of this process, and of the machine after `sync`. */
  async append(records: readonly object[]): Promise<void> {
    const bytes = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    this.#unsynced = true;
    try {
      await this.handle.appendFile(bytes);
    } catch (error) {
      // A disk that filled up took a part: what is written later begins on a line of its own.
      await this.handle.truncate(this.sizeBytes).catch(() => {});
      throw error;
    }
    this.sizeBytes += bytes.length;
  }

  async sync(): Promise<void> {
    if (!this.#unsynced) return;
    this.#unsynced = false;
    await this.handle.datasync().catch((error: unknown) => {
      this.#unsynced = true;
      throw error;
    });
  }

  /** Reads whole bytes from a position, for readers of the same process. */
  async read(positionBytes: number, maxBytes: number): Promise<Buffer> {
    const buffer = Buffer.alloc(Math.min(maxBytes, Math.max(0, this.sizeBytes - positionBytes)));
    const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, positionBytes);
    return buffer.subarray(0, bytesRead);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}
