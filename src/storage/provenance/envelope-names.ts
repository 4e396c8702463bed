import type { EnvelopeName } from '../../ports/attestations.js';
import type { Tx } from '../database.js';

/** More of one image nobody reads. */
const MOST = 10_000;

/** The envelopes of an image that registries may have, of all projects of the tenant: bills of materials, then provenances, the newest first. */
export async function envelopeNames(tx: Tx, tenantId: string, digest: string): Promise<EnvelopeName[]> {
  const rows = await tx
    .selectFrom('attestations')
    .select(['kind', 'envelope_sha256 as sha256', 'envelope_size_bytes as sizeBytes'])
    .where('tenant_id', '=', tenantId)
    .where('subject_digest', '=', digest)
    .where('envelope_sha256', 'is not', null)
    .orderBy((eb) => eb('kind', '=', 'provenance'))
    .orderBy('signed_at', 'desc')
    .orderBy('id')
    .limit(MOST)
    .execute();
  return rows.flatMap(({ kind, sha256, sizeBytes }) =>
    kind === 'signature' || sha256 === null || sizeBytes === null ? [] : [{ kind, sha256, sizeBytes }],
  );
}
