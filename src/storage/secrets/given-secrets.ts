import { sql } from 'kysely';
import { secretsInDockerfile } from '../../domain/images/dockerfile/secret-values.js';
import { secretArguments } from '../../domain/secrets/secret-arguments.js';
import type { Owner } from '../../ports/dispatch.js';
import type { HeldManifest } from '../../ports/sboms.js';
import type { Database, Tx } from '../database.js';
import { stagedImage } from '../dispatch/staged-image.js';
import { inTenant } from '../in-tenant.js';

/** So many images below each other are looked through; what builds of deeper ones were given is not known. */
export const MAX_BASES_DEEP = 16;

/** Values that builds of a tenant were given, which images that stand on theirs may show. */
export interface GivenSecrets {
  /**
   * Of the builds that have made a manifest, alone or as a platform of an index, and of those of the images that it was made from, down to the
   * first one that the tenant has not built. Of a manifest in staging its build counts.
   */
  ofManifest(manifest: Pick<HeldManifest, 'digest' | 'owner'>): Promise<string[]>;
  /** Of the builds of these images, and of those that they were made from. */
  ofImages(tenantId: string, digests: readonly string[]): Promise<string[]>;
}

/**
 * What was given in clear and looks secret, and the secrets and credentials that `hiddenFor` tells of the project of each build: of those
 * that a build was given nobody keeps a list.
 */
export function createGivenSecrets(
  db: Database,
  hiddenFor: (owner: Owner) => Promise<readonly string[]>,
): GivenSecrets {
  const valuesOf = async (tenantId: string, given: readonly GivenToBuild[]): Promise<string[]> => {
    const projects = [...new Set(given.map(({ project_id: projectId }) => projectId))];
    const stored = await Promise.all(projects.map((projectId) => hiddenFor({ tenantId, projectId })));
    const clear = given.flatMap((one) => [
      ...secretArguments({ build_args: one.build_args, environment: one.environment }).map(
        ({ value }) => value,
      ),
      ...secretsInDockerfile(one.dockerfile_inline ?? '', (one.build_args ?? {}) as Record<string, string>),
    ]);
    return [...new Set([...clear, ...stored.flat()])];
  };
  return {
    ofManifest: async ({ digest, owner: { tenantId, buildId } }) => {
      const given = await inTenant(db, tenantId, async (tx) => {
        const staged = buildId === null ? null : await stagedImage(tx, buildId);
        const used = staged?.outcome.materials?.images.flatMap((image) => image.digest ?? []) ?? [];
        return givenToBuilds(tx, tenantId, { buildId, digests: [digest, ...used] });
      });
      return valuesOf(tenantId, given);
    },
    ofImages: async (tenantId, digests) => {
      if (digests.length === 0) return [];
      const given = await inTenant(db, tenantId, (tx) =>
        givenToBuilds(tx, tenantId, { buildId: null, digests }),
      );
      return valuesOf(tenantId, given);
    },
  };
}

interface GivenToBuild {
  readonly project_id: string;
  readonly build_args: unknown;
  readonly environment: unknown;
  readonly dockerfile_inline: string | null;
}

async function givenToBuilds(
  tx: Tx,
  tenantId: string,
  from: { readonly buildId: string | null; readonly digests: readonly string[] },
): Promise<GivenToBuild[]> {
  const { rows } = await sql<GivenToBuild>`
    WITH RECURSIVE images_below (digest, depth) AS (
      SELECT unnest(${from.digests}::text[]), 0
      UNION
      SELECT used.digest::text, below.depth + 1 FROM images_below below
      JOIN LATERAL (${buildsOf(tenantId, sql`below.digest`)}) made ON true
      JOIN build_base_images used ON used.build_id = made.id
      WHERE used.digest IS NOT NULL AND below.depth < ${MAX_BASES_DEEP}
    )
    SELECT DISTINCT b.project_id, c.build_args, c.environment, c.dockerfile_inline
    FROM build_configs c JOIN builds b ON b.id = c.build_id
    WHERE c.tenant_id = ${tenantId} AND (c.build_id = ${from.buildId} OR c.build_id IN (
      SELECT made.id FROM (SELECT DISTINCT digest FROM images_below) below
      JOIN LATERAL (${buildsOf(tenantId, sql`below.digest`)}) made ON true))`.execute(tx);
  return rows;
}

/** The builds that have made an image, alone or as a platform of an index. */
function buildsOf(tenantId: string, digest: ReturnType<typeof sql>): ReturnType<typeof sql> {
  return sql`SELECT b.id FROM images m LEFT JOIN image_platforms p ON p.image_id = m.id
    JOIN builds b ON b.image_id IN (m.id, p.index_image_id)
    WHERE m.tenant_id = ${tenantId} AND m.manifest_digest = ${digest}`;
}
