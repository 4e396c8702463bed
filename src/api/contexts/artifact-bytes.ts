import { createHash } from 'node:crypto';
import type { BuildArtifact } from '../../contracts/artifacts.js';
import { KilnError } from '../../domain/errors.js';
import type { ByteRange } from '../../ports/contents.js';
import type { TenantContext } from '../../ports/stores.js';
import type { ApiDeps } from '../deps.js';
import { begun, type Bytes, raising } from './begun-bytes.js';
import { forgetLost } from './forget-lost.js';

/**
 * The bytes of an artifact, or a range of them. Those of a content are judged before the first one is given; the whole of a log while it is
 * given, and its end is withheld where it is another. `not_found` for what is gone or has changed, which is told so from now on.
 */
export async function artifactBytes(
  deps: Pick<ApiDeps, 'contents' | 'files' | 'events' | 'logs'>,
  tenant: TenantContext,
  artifact: BuildArtifact,
  range: ByteRange | null,
): Promise<Bytes> {
  const { sha256_digest: sha256, artifact_size_bytes: sizeBytes } = artifact;
  const [, buildId, attempt] = /^log\/([^/]+)\/(\d+)$/.exec(artifact.artifact_location) ?? [];
  if (buildId !== undefined) {
    const log = deps.logs.bytes(
      tenant,
      { buildId, attempt: Number(attempt) },
      range ?? { first: 0, last: sizeBytes - 1 },
    );
    const lost = (): KilnError => {
      deps.events.contentLost({ tenantId: tenant.tenantId, sha256, what: 'changed' });
      return gone(artifact);
    };
    return begun(range === null ? withheldUnless(sha256, log, lost) : log);
  }
  const told = async (error: unknown): Promise<unknown> =>
    (await forgetLost(deps, tenant.tenantId, sha256, error)) ? gone(artifact, error) : error;
  return begun(
    raising(() => deps.files.read(tenant.tenantId, { sha256, sizeBytes }, range ?? undefined), told),
  );
}

/** The error of an artifact that is not here, with why and what to do. */
export function gone(artifact: BuildArtifact, cause?: unknown): KilnError {
  const { expires_at: expiresAt, retention_policy: policy } = artifact;
  if (policy === 'delete_on_success') return ended('It was kept until its build ended in success.', cause);
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now())
    return ended(`This artifact was kept until ${expiresAt}.`, cause);
  return new KilnError('not_found', {
    message: 'The bytes of this artifact are not here any more.',
    fix: REMEDIES[artifact.artifact_type] ?? BUILD_AGAIN,
    cause,
  });
}

const BUILD_AGAIN =
  'Build again (`kiln rebuild BUILD`). The operator finds with `kiln verify` what else is lost.';
const REMEDIES: Partial<Record<BuildArtifact['artifact_type'], string>> = {
  sbom: 'It is made again: `kiln sbom BUILD --wait` waits for that.',
  security_scan:
    'The next scan makes another one, at night; `kiln scan BUILD` tells what the last one has found.',
};

function ended(message: string, cause: unknown): KilnError {
  const fix = 'Build again; give it another `retention` in kiln.yaml where it is to be kept for longer.';
  return new KilnError('not_found', { message, fix, cause });
}

/** The bytes, but for the last part where they do not have the digest: then it raises what `lost` gives. */
async function* withheldUnless(
  sha256: string,
  bytes: Bytes,
  lost: () => KilnError,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let last: Uint8Array | null = null;
  for await (const part of bytes) {
    hash.update(part);
    if (last !== null) yield last;
    last = part;
  }
  if (hash.digest('hex') !== sha256) throw lost();
  if (last !== null) yield last;
}
