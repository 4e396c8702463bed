import { sql } from 'kysely';
import { KilnError } from '../../domain/errors.js';
import { parseId } from '../../domain/ids.js';
import { envelopeOf } from '../../domain/provenance/attestation.js';
import type { RecordedBuild, SignedSbom } from '../../domain/provenance/judge-image.js';
import type { VerificationStore } from '../../ports/verifications.js';
import type { Database, Tx } from '../database.js';
import { inTenant } from '../in-tenant.js';
import { envelopeNames } from './envelope-names.js';
import { transact } from '../transact.js';
import { joinManifests } from '../images/platform-images.js';

/** An image that is built again and again without a change has many builds; its attestations are those of the last ones. */
const MOST_BUILDS = 1_000;
/** A large image on a busy host takes minutes, and its scan after that. */
const SBOM_MADE_WITHIN = '1 hour';

/** What the api holds against images that registries serve. */
export function createVerificationStore(db: Database): VerificationStore {
  return {
    owner: (tenant, repository) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const build = await tx
          .selectFrom('builds')
          .select('project_id')
          .where('status', '=', 'success')
          .where(
            sql<boolean>`EXISTS (SELECT FROM jsonb_array_elements_text(destinations) d
              WHERE starts_with(d, ${repository} || ':') AND strpos(substr(d, ${repository.length + 2}), '/') = 0)`,
          )
          .orderBy('completed_at', 'desc')
          .limit(1)
          .executeTakeFirst();
        if (build !== undefined) return { tenantId: tenant.tenantId, projectId: build.project_id };
        throw new KilnError('not_found', {
          message: `No build of this tenant has published to ${repository}. \`kiln images\` lists what there is.`,
        });
      }),
    taggedDigest: (tenant, repository, tag) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await tx
          .selectFrom('image_tags')
          .select('manifest_digest')
          .where('repository', '=', repository)
          .where('tag', '=', tag)
          .executeTakeFirst();
        return row?.manifest_digest ?? null;
      }),
    envelopes: (tenant, digest) =>
      inTenant(db, tenant.tenantId, (tx) => envelopeNames(tx, tenant.tenantId, digest)),
    known: (tenant, digest) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const rows = await readBuilds(tx, digest);
        return {
          builds: rows.map(toRecordedBuild),
          isSigning: rows.some(({ state }) => state === 'pending'),
          isSbomAwaited: await awaitsSbom(tx, digest),
          ...(await readSigned(tx, digest)),
        };
      }),
    keys: () =>
      transact(db, async (tx) => {
        const rows = await tx
          .selectFrom('signing_keys')
          .selectAll()
          .orderBy('current_since', 'desc')
          .execute();
        return rows.map(({ key_id, public_key, first_used_at }) => ({
          id: key_id,
          publicKey: public_key,
          firstUsedAt: first_used_at.toISOString(),
        }));
      }),
    provenance: (tenant, buildId) =>
      inTenant(db, tenant.tenantId, async (tx) => {
        const row = await tx
          .selectFrom('build_attestations as r')
          .leftJoin('attestations as a', (join) =>
            join.onRef('a.build_id', '=', 'r.build_id').on('a.kind', '=', 'provenance'),
          )
          .select(['r.state', 'r.reason', 'a.key_id', 'a.statement', 'a.statement_sha256', 'a.signature'])
          .where('r.build_id', '=', parseId(buildId))
          .executeTakeFirst();
        if (row === undefined)
          throw new KilnError('not_found', {
            message: 'There is no such build, or it has published nothing since Kiln keeps provenance.',
          });
        const { state, reason, key_id: keyId, statement, statement_sha256, signature } = row;
        const isSigned = keyId !== null && statement !== null && signature !== null;
        return {
          state,
          reason,
          keyId,
          envelope: isSigned
            ? envelopeOf({
                ...{ kind: 'provenance', keyId, statement, signature },
                statementSha256: statement_sha256 ?? '',
              })
            : null,
        };
      }),
  };
}

async function readBuilds(tx: Tx, digest: string) {
  return tx
    .selectFrom('builds as b')
    .innerJoin('images as i', 'i.id', 'b.image_id')
    .innerJoin('projects as p', 'p.id', 'b.project_id')
    .innerJoin('build_configs as c', 'c.build_id', 'b.id')
    .leftJoin('uploads as u', 'u.id', 'c.upload_id')
    .leftJoin('build_attestations as r', 'r.build_id', 'b.id')
    .leftJoin('attestations as a', (join) =>
      join.onRef('a.build_id', '=', 'b.id').on('a.kind', '=', 'provenance'),
    )
    .leftJoin('build_base_images as base', (join) =>
      join.onRef('base.build_id', '=', 'b.id').on('base.is_base', '=', true),
    )
    .select(['b.id', 'b.build_number', 'b.git_commit', 'p.slug', 'c.source_kind', 'u.sha256'])
    .select(['a.builder_id', 'a.statement_sha256', 'r.state', 'r.reason'])
    .select(['base.reference', 'base.digest as base_digest'])
    .where('i.manifest_digest', '=', digest)
    .where('b.status', '=', 'success')
    .where('b.what_if', 'is', null)
    .orderBy('b.completed_at', 'desc')
    .limit(MOST_BUILDS)
    .execute();
}

type BuildRow = Awaited<ReturnType<typeof readBuilds>>[number];

function toRecordedBuild(row: BuildRow): RecordedBuild {
  return {
    id: row.id,
    name: `${row.slug}#${row.build_number}`,
    commit: row.source_kind === 'git' ? row.git_commit : null,
    contextSha256: row.sha256,
    baseImage: row.reference === null ? null : { reference: row.reference, digest: row.base_digest },
    builderId: row.builder_id,
    statementSha256: row.statement_sha256,
    unsignedReason: unsignedReason(row),
  };
}

function unsignedReason({ statement_sha256: signed, state, reason }: BuildRow): string | null {
  if (signed !== null) return state === 'failed' ? reason : null;
  if (state === 'pending') return 'it is not signed yet: ask again in a moment';
  return reason ?? 'it was built before Kiln kept provenance: build it again';
}

/**
 * Whether the bill of materials of an image is being made, which ends with a row, or was made and is not signed yet. One that nobody has
 * begun for so long is not awaited, nor where there is no key; of an index there is none.
 */
async function awaitsSbom(tx: Tx, digest: string): Promise<boolean> {
  const { rows } = await sql`SELECT FROM images i ${joinManifests('i')}
    JOIN build_attestations r ON r.build_id = i.last_build_id
    LEFT JOIN image_sboms s ON s.tenant_id = m.tenant_id AND s.manifest_digest = m.manifest_digest
    WHERE i.manifest_digest = ${digest} AND r.state <> 'unsigned'
      AND CASE WHEN s.manifest_digest IS NULL THEN i.last_built_at > clock_timestamp() - ${SBOM_MADE_WITHIN}::interval
        ELSE s.cyclonedx_sha256 IS NOT NULL AND s.ended_at > clock_timestamp() - ${SBOM_MADE_WITHIN}::interval
          AND NOT EXISTS (SELECT FROM attestations a WHERE a.project_id = i.project_id
            AND a.subject_digest = i.manifest_digest AND a.kind = 'cyclonedx') END`.execute(tx);
  return rows.length > 0;
}

/** What was signed of the image beside its provenance. */
async function readSigned(
  tx: Tx,
  digest: string,
): Promise<{ sbomStatements: SignedSbom[]; isSignatureRecorded: boolean }> {
  const rows = await tx
    .selectFrom('attestations')
    .select(['kind', 'statement_sha256 as sha256'])
    .where('subject_digest', '=', digest)
    .where('kind', '<>', 'provenance')
    .execute();
  return {
    sbomStatements: rows.flatMap(({ kind, sha256 }) =>
      kind === 'cyclonedx' || kind === 'spdx' ? [{ kind, sha256 }] : [],
    ),
    isSignatureRecorded: rows.some(({ kind }) => kind === 'signature'),
  };
}
