import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { BuildkitRoot } from '../services/buildkit-root.js';
import { writePrivately } from '../state.js';

const rootUse = z.object({ used_at_ms: z.number(), size_bytes: z.number() });

/** When the BuildKit of a root was last used, and how large its cache was when it was last looked at. */
export interface RootUse {
  readonly usedAtMs: number;
  readonly sizeBytes: number;
}

/** Null for a folder that no BuildKit of this Kiln has used. */
export async function readUse(root: BuildkitRoot): Promise<RootUse | null> {
  try {
    const found = rootUse.parse(JSON.parse(await readFile(pathOf(root), 'utf8')));
    return { usedAtMs: found.used_at_ms, sizeBytes: found.size_bytes };
  } catch {
    return null;
  }
}

export async function writeUse(root: BuildkitRoot, use: RootUse): Promise<void> {
  const text = JSON.stringify({ used_at_ms: use.usedAtMs, size_bytes: use.sizeBytes });
  await writePrivately(pathOf(root), `${text}\n`);
}

function pathOf(root: BuildkitRoot): string {
  return join(root.folder, 'use.json');
}
