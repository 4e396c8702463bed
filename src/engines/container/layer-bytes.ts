import { readFileSync } from 'node:fs';
import path from 'node:path';

/** How many bytes the layers of a storage hold, by its own list of them; 0 where there is none yet. */
export function layerBytes(folder: string): number {
  try {
    const layers: unknown = JSON.parse(
      readFileSync(path.join(folder, 'root', 'overlay-layers', 'layers.json'), 'utf8'),
    );
    if (!Array.isArray(layers)) return 0;
    return layers.reduce((sum: number, layer: Record<string, unknown> | null) => {
      const size = layer?.['diff-size'];
      return typeof size === 'number' ? sum + size : sum;
    }, 0);
  } catch {
    return 0;
  }
}
