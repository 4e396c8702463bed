import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** Frames of zstd that hold no data; a layer may begin with one. */
const ZSTD_SKIPPED = Buffer.from([0x2a, 0x4d, 0x18]);
/** Of packed bytes at once: a block of four bytes may come to 128 KiB. */
const ZSTD_SLICE_BYTES = 512;

/** How many bytes tell how a layer is compressed. */
export const MAGIC_BYTES = 4;

type Decompressor = NodeJS.ReadWriteStream | ((source: AsyncIterable<Buffer>) => AsyncGenerator<Uint8Array>);

/** What unpacks a layer that begins with these bytes: its media type need not be true. Null for a plain tar. */
export function decompressorFor(start: Buffer): Decompressor | null {
  if (start.subarray(0, GZIP.length).equals(GZIP)) return createGunzip();
  const isSkipped = start.subarray(1, MAGIC_BYTES).equals(ZSTD_SKIPPED) && (start[0] ?? 0) >> 4 === 5;
  return start.subarray(0, ZSTD.length).equals(ZSTD) || isSkipped ? unzstd : null;
}

/** zlib of Node 20 knows no zstd. */
async function* unzstd(source: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  let unpacked: Uint8Array[] = [];
  const decompress = new Decompress((part) => void unpacked.push(part));
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += ZSTD_SLICE_BYTES) {
      decompress.push(chunk.subarray(at, at + ZSTD_SLICE_BYTES));
      yield* unpacked;
      unpacked = [];
    }
  }
  decompress.push(new Uint8Array(0), true);
  yield* unpacked;
}
