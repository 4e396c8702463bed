import type { Artifacts } from '../ports/artifacts.js';
import type { ExploredImage } from '../ports/explorations.js';
import type { Sboms } from '../ports/sboms.js';
import type { KeptSbom } from './attest-build.js';

const FORMATS = ['cyclonedx', 'spdx'] as const;

/** The bills of materials of an image that are there by now; none of an index, whose platforms have their own. */
export function createKeptSboms({
  sboms,
  artifacts,
}: {
  readonly sboms: Pick<Sboms, 'find'>;
  readonly artifacts: Pick<Artifacts, 'readArtifact'>;
}): (image: ExploredImage) => Promise<readonly KeptSbom[]> {
  return async ({ tenantId, digest }) => {
    const documents = await sboms.find(tenantId, digest);
    if (documents === null) return [];
    return Promise.all(
      FORMATS.map(async (kind) => {
        const parts: Uint8Array[] = [];
        for await (const part of await artifacts.readArtifact(tenantId, documents[kind])) parts.push(part);
        return { kind, text: Buffer.concat(parts).toString('utf8') };
      }),
    );
  };
}
