import { createHash } from 'node:crypto';
import { KilnError } from '../../domain/errors.js';
import { envelopeOf } from '../../domain/provenance/attestation.js';
import type { Attestation, NewAttestation, Signer } from '../../ports/attestations.js';
import type { Database, Tx } from '../database.js';
import { databaseNow } from '../times.js';
import { transact } from '../transact.js';
import { knowKey } from './announce-key.js';

/** See Attestations.keep. */
export async function keepAttestation(
  db: Database,
  given: NewAttestation,
  signer: Pick<Signer, 'keyId' | 'publicKey'>,
): Promise<Attestation> {
  return transact(db, async (tx) => {
    const at = await databaseNow(tx);
    await knowKey(tx, signer);
    const { tenant_id, project_id } = await tx
      .selectFrom('builds')
      .select(['tenant_id', 'project_id'])
      .where('id', '=', given.buildId)
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('attestations')
      .values({
        tenant_id,
        project_id,
        build_id: given.buildId,
        kind: given.kind,
        subject_digest: given.subjectDigest,
        key_id: given.keyId,
        builder_id: given.builderId,
        statement: given.kind === 'provenance' ? given.statement : null,
        statement_sha256: given.statementSha256,
        signature: given.signature,
        ...envelopeColumns(given),
        signed_at: at,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const kept = (await readSigned(tx, given.buildId)).find((one) => isSame(one, given));
    if (kept === undefined) throw new KilnError('not_found', { detail: `attestation of ${given.buildId}` });
    return { ...kept, statement: kept.statement ?? given.statement };
  });
}

function envelopeColumns(given: NewAttestation): {
  envelope_sha256: string | null;
  envelope_size_bytes: number | null;
} {
  if (given.kind === 'signature') return { envelope_sha256: null, envelope_size_bytes: null };
  const envelope = Buffer.from(envelopeOf(given));
  return {
    envelope_sha256: createHash('sha256').update(envelope).digest('hex'),
    envelope_size_bytes: envelope.length,
  };
}

/** A build has one provenance, whatever it says; an image one of each other statement by each key. */
function isSame(one: Signed, given: NewAttestation): boolean {
  if (one.kind !== given.kind) return false;
  const isSameStatement = one.statementSha256 === given.statementSha256 && one.keyId === given.keyId;
  return one.kind === 'provenance' || isSameStatement;
}

type Signed = Omit<Attestation, 'statement'> & { readonly statement: string | null };

/** The build's own provenance, and what was signed of its image in its project. */
export async function readSigned(tx: Tx, buildId: string): Promise<Signed[]> {
  return tx
    .selectFrom('attestations as a')
    .innerJoin('builds as b', (join) => join.on('b.id', '=', buildId))
    .innerJoin('images as i', 'i.id', 'b.image_id')
    .select(['a.kind', 'a.key_id as keyId', 'a.statement', 'a.statement_sha256 as statementSha256'])
    .select('a.signature')
    .where(({ or, and, eb, ref }) =>
      or([
        and([eb('a.kind', '=', 'provenance'), eb('a.build_id', '=', buildId)]),
        and([
          eb('a.kind', '<>', 'provenance'),
          eb('a.project_id', '=', ref('b.project_id')),
          eb('a.subject_digest', '=', ref('i.manifest_digest')),
        ]),
      ]),
    )
    .execute();
}
