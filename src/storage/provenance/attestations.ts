import { sql } from 'kysely';
import type { ExploredImage } from '../../ports/explorations.js';
import type { Attestations } from '../../ports/attestations.js';
import type { Database } from '../database.js';
import { putOutbox } from '../outbox-row.js';
import { storableText } from '../storable.js';
import { NOW } from '../times.js';
import { single, transact } from '../transact.js';
import { Turns } from '../turns.js';
import { announceKey } from './announce-key.js';
import { envelopeNames } from './envelope-names.js';
import { keepAttestation, readSigned } from './keep-attestation.js';
import { lockedImage } from './locked-image.js';
import { readBuildFacts } from './read-build-facts.js';
import { joinManifests } from '../images/platform-images.js';

/** A registry that was away for long is asked again each hour, and for so many days. */
const FAILED_AGAIN = '1 hour';
const FORGET_AFTER = '7 days';
/** Beside an image that is built again and again without a change. */
const PROVENANCES_KEPT = 20;
const AT_ONCE = 100;
/** Each holds a connection while a registry answers; the others stay free for dispatch. */
const LOCKS_AT_ONCE = 2;

/** Attestations as the controller makes them. Needs the role kiln_controller. */
export function createAttestations(db: Database): Attestations {
  const turns = new Turns(LOCKS_AT_ONCE);
  return {
    facts: (buildId) => transact(db, (tx) => readBuildFacts(tx, buildId)),
    signed: (buildId) =>
      transact(db, async (tx) =>
        (await readSigned(tx, buildId)).map((one) => ({ ...one, statement: one.statement ?? '' })),
      ),
    superseded: ({ tenantId, digest }) =>
      transact(db, async (tx) =>
        (await envelopeNames(tx, tenantId, digest))
          .filter(({ kind }) => kind === 'provenance')
          .slice(PROVENANCES_KEPT),
      ),
    announce: (signer) => transact(db, (tx) => announceKey(tx, signer)),
    keep: (attestation, signer) => keepAttestation(db, attestation, signer),
    locked: async (image, attach, signal) => {
      const endTurn = await turns.take(signal);
      try {
        return await lockedImage(db, image, attach, signal);
      } finally {
        endTurn();
      }
    },
    end: (buildId, end) =>
      single(db, async (one) => {
        await one
          .updateTable('build_attestations')
          .set({
            state: end.state,
            reason: end.state === 'attached' ? null : storableText(end.reason).slice(0, 2000),
            ended_at: NOW,
          })
          .where('build_id', '=', buildId)
          .execute();
      }),
    askAgain: (olderThanMs) => askAgain(db, olderThanMs),
    askForImage: (image) => askForImage(db, image),
    installationId: () =>
      single(db, async (one) => {
        const { id } = await one.selectFrom('installation').select('id').executeTakeFirstOrThrow();
        return id;
      }),
  };
}

/** The newest build of an image, or of an index, with bills of materials that are there and not signed yet. */
const WITH_UNSIGNED_SBOM = sql`EXISTS (
  SELECT FROM images i ${joinManifests('i')}
  JOIN image_sboms s ON s.tenant_id = m.tenant_id AND s.manifest_digest = m.manifest_digest
  WHERE i.last_build_id = a.build_id AND i.id = (SELECT image_id FROM builds WHERE id = a.build_id)
    AND s.cyclonedx_sha256 IS NOT NULL
  GROUP BY i.id HAVING count(*) > (
    SELECT count(DISTINCT t.statement_sha256) FROM attestations t WHERE t.project_id = i.project_id AND t.subject_digest = i.manifest_digest
      AND t.kind = 'cyclonedx'))`;

async function askForImage(db: Database, { projectId, digest }: ExploredImage): Promise<void> {
  await transact(db, async (tx) => {
    const { rows } = await sql<{ build_id: string; tenant_id: string }>`
      UPDATE build_attestations a SET state = 'pending', reason = NULL, ended_at = NULL, requested_at = clock_timestamp()
      WHERE a.build_id = (SELECT last_build_id FROM images
                          WHERE project_id = ${projectId} AND manifest_digest = ${digest})
        AND ${WITH_UNSIGNED_SBOM} AND a.state <> 'unsigned'
      RETURNING a.build_id, a.tenant_id`.execute(tx);
    for (const { build_id: buildId, tenant_id: tenantId } of rows)
      await putOutbox(tx, tenantId, { kind: 'attest_build', buildId });
  });
}

async function askAgain(db: Database, olderThanMs: number): Promise<number> {
  return transact(db, async (tx) => {
    const { rows } = await sql<{ build_id: string; tenant_id: string }>`
      UPDATE build_attestations SET state = 'pending', reason = NULL, ended_at = NULL, requested_at = clock_timestamp()
      WHERE build_id IN (
        SELECT a.build_id FROM build_attestations a JOIN builds b ON b.id = a.build_id
        WHERE (a.state = 'pending' AND a.requested_at < clock_timestamp() - ${olderThanMs} * interval '1 ms')
           OR (a.state = 'failed' AND a.ended_at < clock_timestamp() - ${FAILED_AGAIN}::interval
               AND b.completed_at > clock_timestamp() - ${FORGET_AFTER}::interval)
           OR (a.state = 'attached' AND a.ended_at > clock_timestamp() - ${FORGET_AFTER}::interval AND ${WITH_UNSIGNED_SBOM})
        LIMIT ${AT_ONCE} FOR NO KEY UPDATE OF a SKIP LOCKED)
      RETURNING build_id, tenant_id`.execute(tx);
    for (const { build_id: buildId, tenant_id: tenantId } of rows)
      await putOutbox(tx, tenantId, { kind: 'attest_build', buildId });
    return rows.length;
  });
}
