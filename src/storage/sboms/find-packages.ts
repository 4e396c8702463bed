import { sql } from 'kysely';
import type { PackageMatch } from '../../contracts/inspections.js';
import { matchesVersion, type PackageQuery } from '../../domain/packages/package-query.js';
import type { Tx } from '../database.js';
import { decodePackageCursor, encodePackageCursor } from './package-cursor.js';

interface Version {
  readonly package_name: string;
  readonly package_type: string;
  readonly package_version: string;
}

/** See InspectionStore.findPackages. */
export async function findPackages(
  tx: Tx,
  query: PackageQuery,
  page: { readonly limit: number; readonly cursor: string | null },
): Promise<{ items: PackageMatch[]; nextCursor: string | null; notCompared: string[] }> {
  const after = decodePackageCursor(page.cursor);
  const { chosen, notCompared } = await chooseVersions(tx, query);
  if (chosen.length === 0) return { items: [], nextCursor: null, notCompared };
  const { rows } = await sql<Row>`
    SELECT p.package_name, p.package_version, p.package_type, p.source_name, p.purl, p.position,
      i.id AS image_id, i.manifest_digest, mm.platform, pr.slug AS project, i.last_built_at, b.build_number AS last_build_number,
      ARRAY(SELECT t.repository || ':' || t.tag FROM image_tags t WHERE t.image_id IN (i.id, m.id)
        ORDER BY t.moved_at DESC, t.tag) AS tags
    FROM image_packages p
    JOIN images m ON m.tenant_id = p.tenant_id AND m.manifest_digest = p.manifest_digest
    JOIN image_metadata mm ON mm.image_id = m.id
    LEFT JOIN image_platforms ip ON ip.image_id = m.id
    -- Not coalesce(), which may tell of rows of other tenants, says PostgreSQL, and so keeps it from the index.
    JOIN images i ON i.id = CASE WHEN ip.index_image_id IS NULL THEN m.id ELSE ip.index_image_id END AND i.deleted_at IS NULL
    JOIN projects pr ON pr.id = i.project_id
    JOIN builds b ON b.id = i.last_build_id
    WHERE ${nameCondition(query)}
      AND (p.package_name, p.package_type, p.package_version) IN (
        SELECT * FROM unnest(${chosen.map((one) => one.package_name)}::text[],
          ${chosen.map((one) => one.package_type)}::text[], ${chosen.map((one) => one.package_version)}::text[]))
      AND (${after === null} OR (i.last_built_at, i.id, p.position) <
        (${after?.lastBuiltAt ?? new Date(0)}::timestamptz, ${after?.imageId ?? '00000000-0000-0000-0000-000000000000'}::uuid, ${after?.position ?? 0}::int))
    ORDER BY i.last_built_at DESC, i.id DESC, p.position DESC
    LIMIT ${page.limit + 1}`.execute(tx);
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  return {
    items: shown.map(({ position: _position, last_built_at: builtAt, ...row }) => ({
      ...row,
      last_built_at: builtAt.toISOString(),
    })),
    nextCursor: rows.length > page.limit && last !== undefined ? encodePackageCursor(last) : null,
    notCompared,
  };
}

type Row = Omit<PackageMatch, 'last_built_at'> & { readonly last_built_at: Date; readonly position: number };

/** The order of versions is judged here, each once, however many images have it. */
async function chooseVersions(
  tx: Tx,
  query: PackageQuery,
): Promise<{ chosen: Version[]; notCompared: string[] }> {
  const { rows } = await sql<Version>`
    SELECT DISTINCT p.package_name, p.package_type, p.package_version FROM image_packages p
    WHERE ${nameCondition(query)} ORDER BY 1, 2, 3`.execute(tx);
  const chosen: Version[] = [];
  const notCompared: string[] = [];
  for (const one of rows) {
    const answer = matchesVersion(one.package_type, one.package_version, query.versions);
    if (answer === true) chosen.push(one);
    if (answer === null) notCompared.push(`${one.package_name} ${one.package_version}`);
  }
  return { chosen, notCompared };
}

/** No name goes on with it. */
const LAST_CHARACTER = '\u{10FFFF}';

/**
 * Upper and lower case are the same: nobody knows how each kind of package writes its names. By comparisons of stored keys, which an index
 * answers under row-level security too: LIKE and lower() are not trusted with rows of others.
 */
function nameCondition({ name, isPrefix }: PackageQuery) {
  if (!isPrefix) return sql<boolean>`(p.name_key = lower(${name}) OR p.source_key = lower(${name}))`;
  const [from, until] = [sql`lower(${name})`, sql`lower(${name}) || ${LAST_CHARACTER}`];
  return sql<boolean>`(p.name_key >= ${from} AND p.name_key < ${until} OR p.source_key >= ${from} AND p.source_key < ${until})`;
}
