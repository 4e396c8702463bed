import type { verifyImage as operation } from '../../../contracts/provenance-operations.js';
import { parseReference, printRepository, type ImageReference } from '../../../domain/images/reference.js';
import { allHold, type Check } from '../../../domain/provenance/checks.js';
import { judgeImage } from '../../../domain/provenance/judge-image.js';
import { isSignedImage } from '../../../domain/provenance/judge-signatures.js';
import type { Attached } from '../../../ports/attestations.js';
import type { TenantContext } from '../../../ports/stores.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

type Deps = Pick<ApiDeps, 'verifications' | 'registryFor' | 'cryptography'>;

const NOTHING: Attached = { envelopes: [], signatures: [], unread: 0 };

/** Only repositories that the tenant's builds have published to are asked: others are nobody's business here. */
export function verifyImage(deps: Deps): Handler<typeof operation> {
  return async ({ caller, query, request }) => {
    const left = new AbortController();
    request.res?.once('close', () => left.abort());
    const reference = parseReference(query.image);
    const repository = printRepository(reference);
    const { checks, ...judged } = await judge(deps, caller, reference, left.signal);
    const body = { image: query.image, repository, holds: allHold(checks), ...judged, checks };
    return { status: 200, body };
  };
}

async function judge(
  { verifications, registryFor, cryptography }: Deps,
  caller: TenantContext,
  reference: ImageReference,
  signal: AbortSignal,
): Promise<{ digest: string | null; is_pending: boolean; checks: Check[] }> {
  const repository = printRepository(reference);
  const tag = reference.tag ?? 'latest';
  const registry = registryFor(await verifications.owner(caller, repository));
  const head = await registry.head(repository, reference.digest ?? tag, signal);
  const digest = head?.digest ?? null;
  const { envelopes, signatures, unread, isForCosign } =
    digest === null
      ? NOTHING
      : await registry.read({ repository, digest }, await verifications.envelopes(caller, digest), signal);
  const servedTrouble = digest === null ? null : await registry.findTrouble(repository, digest, signal);
  const keys = await verifications.keys();
  const known = await verifications.known(caller, digest ?? reference.digest ?? '');
  const isSignedBy = (some: typeof keys): boolean | null =>
    digest === null ? null : isSignedImage(digest, signatures, some, cryptography);
  const checks = judgeImage(
    {
      reference: `${repository}${reference.digest === null ? `:${tag}` : `@${reference.digest}`}`,
      digest,
      servedTrouble,
      recordedDigest: reference.digest ?? (await verifications.taggedDigest(caller, repository, tag)),
      ...known,
      attestations: envelopes,
      isForCosign,
      isImageSigned: isSignedBy(keys),
      isSignedByCurrentKey: isSignedBy(keys.slice(0, 1)) === true,
      keys,
      unread,
    },
    cryptography,
  );
  return { digest, is_pending: known.isSigning || known.isSbomAwaited, checks };
}
