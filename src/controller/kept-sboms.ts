import { KilnError } from '../domain/errors.js';
import type { Artifacts } from '../ports/artifacts.js';
import type { Content } from '../ports/contents.js';
import type { ExploredImage } from '../ports/explorations.js';
import type { Sboms } from '../ports/sboms.js';
import type { KeptSbom } from './attest-build.js';

const FORMATS = ['cyclonedx', 'spdx'] as const;

/**
 * The bills of materials of an image, or of the platforms of an index, that are there by now. Those whose bytes are lost are none, and are
 * made again.
 */
export function createKeptSboms(deps: {
  readonly sboms: Pick<Sboms, 'manifestsOf' | 'find' | 'noteLost'>;
  readonly artifacts: Pick<Artifacts, 'readArtifact'>;
}): (image: ExploredImage) => Promise<readonly KeptSbom[]> {
  const ofManifest = async (image: ExploredImage, manifestDigest: string): Promise<KeptSbom[]> => {
    const documents = await deps.sboms.find(image.tenantId, manifestDigest);
    if (documents === null) return [];
    const found = await Promise.all(
      FORMATS.map(async (kind) => {
        const text = await readText(deps.artifacts, image.tenantId, documents[kind]);
        if (text === null) await deps.sboms.noteLost(image, documents[kind].sha256);
        return text === null ? [] : [{ kind, text, manifestDigest }];
      }),
    );
    return found.flat();
  };
  return async (image) => {
    const manifests = await deps.sboms.manifestsOf(image);
    return (await Promise.all(manifests.map(({ digest }) => ofManifest(image, digest)))).flat();
  };
}

/** Null where the bytes are gone, or are others. */
async function readText(
  artifacts: Pick<Artifacts, 'readArtifact'>,
  tenantId: string,
  document: Content,
): Promise<string | null> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of await artifacts.readArtifact(tenantId, document)) parts.push(part);
  } catch (error) {
    if (error instanceof KilnError && (error.code === 'not_found' || error.code === 'digest_mismatch'))
      return null;
    throw error;
  }
  return Buffer.concat(parts).toString('utf8');
}
