import { createContentFiles } from '../adapters/blobs/content-files.js';
import type { ContentFiles } from '../ports/contents.js';

/** Contents where the configuration has them; api and controller open the same ones. */
export function openContents({ dataDir }: { readonly dataDir: string }): Promise<ContentFiles> {
  return Promise.resolve(createContentFiles(dataDir));
}
