import type { BlobPlace } from '../../domain/network/blob-place.js';
import type { BlobStore, ContentFiles } from '../../ports/contents.js';
import { createContentFiles } from './content-files.js';
import { createFolderStore } from './folder-store.js';

/** Where contents lie: in a bucket where one is named, otherwise in the folder. */
export interface ContentsPlace {
  readonly dataDir: string;
  readonly blobsUrl?: BlobPlace | undefined;
}

/** The store of a place. What speaks S3 is loaded only where it is needed. */
export async function openBlobStore({ dataDir, blobsUrl }: ContentsPlace): Promise<BlobStore> {
  if (blobsUrl === undefined) return createFolderStore(dataDir);
  const { createS3Store } = await import('./s3-store.js');
  return createS3Store(blobsUrl);
}

/** Contents of a place; api and controller open the same ones. */
export async function openContents(place: ContentsPlace): Promise<ContentFiles> {
  return createContentFiles(place.dataDir, await openBlobStore(place));
}
