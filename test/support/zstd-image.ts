import { busyboxLayer } from '../../src/embedded/base-image/busybox-layer.js';
import { pushImage } from '../../src/embedded/base-image/push-image.js';
import { singleLayerImage } from '../../src/embedded/base-image/single-layer-image.js';
import { ensurePrograms } from '../../src/embedded/programs.js';

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** One segment, whose size takes eight bytes, and no checksum. */
const DESCRIPTOR = 0xe0;
const MAX_BLOCK_BYTES = 128 * 1024;

/** Bytes as a frame of zstd (RFC 8878) of raw blocks: every reader takes it, and Node 20 cannot pack another. */
export function zstdOf(bytes: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUInt8(DESCRIPTOR, 0);
  header.writeBigUInt64LE(BigInt(bytes.length), 1);
  const parts: Buffer[] = [MAGIC, header];
  for (let at = 0; at < bytes.length; at += MAX_BLOCK_BYTES) {
    const block = bytes.subarray(at, at + MAX_BLOCK_BYTES);
    const isLast = at + block.length === bytes.length;
    const head = Buffer.alloc(3);
    head.writeUIntLE((block.length << 3) | (isLast ? 1 : 0), 0, 3);
    parts.push(head, block);
  }
  return Buffer.concat(parts);
}

/** Pushes a base image of busybox whose one layer is packed by zstd. Gives its reference. */
export async function provideZstdImage(registryHost: string): Promise<string> {
  const { busybox } = await ensurePrograms(['busybox']);
  const { tar: known } = await busyboxLayer(busybox.path);
  // Other bytes than those of the ordinary base image, which a BuildKit may have packed by gzip: it would publish those.
  const tar = Buffer.concat([known, Buffer.alloc(10_240)]);
  const layer = { tar, compressed: zstdOf(tar), mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' };
  const target = { registryUrl: `http://${registryHost}`, repository: 'base/zstd', tag: '1' };
  await pushImage(singleLayerImage(layer), target);
  return `${registryHost}/${target.repository}:${target.tag}`;
}
