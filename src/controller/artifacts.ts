import type { ArtifactRows, Artifacts } from '../ports/artifacts.js';
import type { ContentFiles } from '../ports/contents.js';

/** What is made of builds is some megabytes; a report without end does not fill the disk. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Artifacts as rows with their bytes in the store of contents. */
export function createArtifacts(deps: {
  readonly rows: ArtifactRows;
  readonly files: Pick<ContentFiles, 'receiveUnknown' | 'sync' | 'place' | 'discard' | 'read'>;
}): Artifacts {
  const { rows, files } = deps;
  return {
    async keepArtifact(artifact, bytes) {
      const { tenantId } = artifact.owner;
      const stream = bytes instanceof Uint8Array ? once(bytes) : bytes;
      const received = await files.receiveUnknown(tenantId, stream, MAX_BYTES);
      const content = { sha256: received.sha256, sizeBytes: received.sizeBytes };
      try {
        await rows.need(tenantId, content);
        await files.sync(tenantId, [received]);
        return await rows.keep(artifact, content, () => files.place(tenantId, [received]));
      } finally {
        await files.discard([received]);
      }
    },
    findArtifact: (key) => rows.find(key),
    readArtifact: (tenantId, { sha256, sizeBytes }) => files.read(tenantId, { sha256, sizeBytes }),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
