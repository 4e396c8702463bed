import { open } from 'node:fs/promises';

const MAX_BYTES = 4 * 1024 * 1024;

/** What a run left in the files that its plan names; one larger than 4 MiB is cut, null stands for one that is not there. */
export async function readOutputs(files: readonly string[]): Promise<Record<string, string | null>> {
  const outputs: Record<string, string | null> = {};
  for (const file of files) outputs[file] = await readStart(file);
  return outputs;
}

async function readStart(file: string): Promise<string | null> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return null;
  try {
    const buffer = Buffer.alloc(Math.min((await handle.stat()).size, MAX_BYTES));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
