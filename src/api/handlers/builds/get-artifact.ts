import type { getArtifact as operation } from '../../../contracts/artifact-operations.js';
import type { BuildArtifact } from '../../../contracts/builds.js';
import { artifactFileName } from '../../../domain/builds/artifact.js';
import { KilnError } from '../../../domain/errors.js';
import type { Handler } from '../../call.js';
import { sendFile } from '../../contexts/send-file.js';
import type { ApiDeps } from '../../deps.js';

export function getArtifact(deps: Pick<ApiDeps, 'builds' | 'contents' | 'files'>): Handler<typeof operation> {
  return async ({ caller, params, request }) => {
    const all = await deps.builds.artifacts(caller, params.build);
    const artifact = all.find((one) => one.artifact_name === params.artifact);
    if (artifact === undefined) throw new KilnError('not_found', { message: absent(all) });
    const path = await wholeFile(deps, caller.tenantId, artifact);
    return {
      status: 200,
      headers: {
        'content-type': artifact.media_type,
        'content-disposition': `attachment; filename="${artifactFileName(artifact.artifact_name, artifact.media_type)}"`,
        etag: `"${artifact.sha256_digest}"`,
      },
      stream: (response) => sendFile(request, response, path),
    };
  };
}

/** Bytes that are gone or changed are not available any more, and are told so by the list from now on. */
async function wholeFile(
  deps: Pick<ApiDeps, 'contents' | 'files'>,
  tenantId: string,
  { sha256_digest: sha256, artifact_size_bytes: sizeBytes, is_available: isAvailable }: BuildArtifact,
): Promise<string> {
  const gone = (cause?: unknown): KilnError =>
    new KilnError('not_found', { message: 'The bytes of this artifact are not here any more.', cause });
  if (!isAvailable) throw gone();
  try {
    return await deps.files.verified(tenantId, { sha256, sizeBytes });
  } catch (error) {
    const isLost =
      error instanceof KilnError && (error.code === 'not_found' || error.code === 'digest_mismatch');
    if (!isLost) throw error;
    await deps.contents.forget({ tenantId, userId: null }, sha256);
    throw gone(error);
  }
}

function absent(all: readonly BuildArtifact[]): string {
  const names = all.map(({ artifact_name: name }) => name).join(', ');
  return all.length === 0
    ? 'The build has no artifacts.'
    : `The build has no such artifact; it has ${names}.`;
}
