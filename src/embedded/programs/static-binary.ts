import { open } from 'node:fs/promises';

const ELF_MAGIC = 0x7f454c46;
const PT_INTERP = 3;

/** Tells whether a file is a 64-bit little-endian ELF program that needs no loader and no shared library. */
export async function isStaticBinary(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(4096);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    if (bytesRead < 64 || head.readUInt32BE(0) !== ELF_MAGIC || head[4] !== 2 || head[5] !== 1) return false;
    const tableOffset = Number(head.readBigUInt64LE(32));
    const entrySize = head.readUInt16LE(54);
    const entryCount = head.readUInt16LE(56);
    for (let index = 0; index < entryCount; index += 1) {
      const offset = tableOffset + index * entrySize;
      if (offset + 4 > bytesRead) return false;
      if (head.readUInt32LE(offset) === PT_INTERP) return false;
    }
    return true;
  } finally {
    await file.close();
  }
}
