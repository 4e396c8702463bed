import { readdirSync } from 'node:fs';
import path from 'node:path';

/** Whether runs that were stopped may have left containers in a storage. */
export function hasLeftContainers(folder: string): boolean {
  try {
    return readdirSync(path.join(folder, 'root', 'overlay-containers')).some((name) =>
      /^[0-9a-f]{64}$/.test(name),
    );
  } catch {
    return false;
  }
}
