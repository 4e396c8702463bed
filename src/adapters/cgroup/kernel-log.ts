import { closeSync, constants, openSync, readSync } from 'node:fs';

const RECORD_BYTES = 8192;

/** What the kernel's log holds now, one record a line; null where this process may not read it. */
export function readKernelLog(): string | null {
  let file: number;
  try {
    file = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    return [...records(file)].join('\n');
  } finally {
    closeSync(file);
  }
}

/** Each read gives one record. EPIPE: the one to be read was overwritten meanwhile, the next read goes on. */
function* records(file: number): Generator<string> {
  const buffer = Buffer.alloc(RECORD_BYTES);
  for (;;) {
    try {
      const length = readSync(file, buffer, 0, buffer.length, null);
      if (length === 0) return;
      yield buffer.toString('utf8', 0, length).split('\n', 1)[0] ?? '';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') return;
    }
  }
}
