import type { Response } from 'express';
import type { getArtifact as operation } from '../../../contracts/artifact-operations.js';
import type { BuildArtifact } from '../../../contracts/artifacts.js';
import { artifactFileName } from '../../../domain/builds/artifact.js';
import { KilnError } from '../../../domain/errors.js';
import type { Handler } from '../../call.js';
import { artifactBytes, gone } from '../../contexts/artifact-bytes.js';
import { askedPart } from '../../contexts/asked-part.js';
import { sendBytes } from '../../send-bytes.js';
import type { ApiDeps } from '../../deps.js';

export function getArtifact(
  deps: Pick<ApiDeps, 'builds' | 'contents' | 'files' | 'events' | 'logs'>,
): Handler<typeof operation> {
  return async ({ caller, params, query, request }) => {
    const all = await deps.builds.artifacts(caller, params.build);
    const artifact = find(all, params.artifact, query.type);
    if (!artifact.is_available) throw gone(artifact);
    const sizeBytes = artifact.artifact_size_bytes;
    const etag = `"${artifact.sha256_digest}"`;
    const asked = askedPart(request, etag, sizeBytes);
    if (asked === 'unchanged') return { status: 304, headers: { etag } };
    const { range } = asked;
    const headers = {
      'content-type': artifact.media_type,
      'content-disposition': `attachment; filename="${artifactFileName(artifact.artifact_name, artifact.media_type)}"`,
      'accept-ranges': 'bytes',
      etag,
    };
    const length = (bytes: number) => ({ ...headers, 'content-length': String(bytes) });
    if (request.method === 'HEAD') return { status: 200, headers: length(sizeBytes) };
    const bytes = await artifactBytes(deps, caller, artifact, range);
    const stream = (response: Response) => sendBytes(response, bytes);
    if (range === null) return { status: 200, headers: length(sizeBytes), stream };
    const { first, last } = range;
    return {
      status: 206,
      headers: { ...length(last - first + 1), 'content-range': `bytes ${first}-${last}/${sizeBytes}` },
      stream,
    };
  };
}

function find(
  all: readonly BuildArtifact[],
  name: string,
  type: BuildArtifact['artifact_type'] | undefined,
): BuildArtifact {
  const named = all.filter(
    (one) => one.artifact_name === name && (type ?? one.artifact_type) === one.artifact_type,
  );
  // What the build was asked to keep comes before what Kiln calls so.
  const artifact = named.find((one) => one.artifact_type === 'build_output') ?? named[0];
  if (artifact?.artifact_type === 'docker_image')
    throw new KilnError('not_found', {
      message: `The image lies in its registry, as ${artifact.artifact_location}.`,
    });
  if (artifact !== undefined) return artifact;
  const names = all.map((one) => one.artifact_name).join(', ');
  throw new KilnError('not_found', {
    message:
      all.length === 0 ? 'The build has no artifacts.' : `The build has no such artifact; it has ${names}.`,
  });
}
