import { type RawBuilder, sql } from 'kysely';
import type { PackageMatch } from '../../contracts/inspections.js';
import { matchesVersion, type PackageQuery } from '../../domain/packages/package-query.js';
import type { Tx } from '../database.js';
import { decodePackageCursor, encodePackageCursor, type PackageKeyset } from './package-cursor.js';

interface Version {
  readonly package_name: string;
  readonly package_type: string;
  readonly package_version: string;
}

/**
 * See InspectionStore.findPackages. The packages of a page are chosen by a statement of their own, so that an index gives them in their order and nothing is joined to
 * the others; those whose images have been deleted make room for the next.
 */
export async function findPackages(
  tx: Tx,
  query: PackageQuery,
  page: { readonly limit: number; readonly cursor: string | null },
): Promise<{ items: PackageMatch[]; nextCursor: string | null; notCompared: string[] }> {
  let after = decodePackageCursor(page.cursor);
  const { chosen, notCompared } = await chooseVersions(tx, query);
  if (chosen?.length === 0) return { items: [], nextCursor: null, notCompared };
  const found: Row[] = [];
  for (let most = page.limit + 1; found.length <= page.limit; most *= 2) {
    const places = await choosePlaces(tx, { query, chosen, after }, most);
    found.push(...(await readMatches(tx, places, after)));
    const last = places.at(-1);
    if (last === undefined || places.length < most) break;
    after = { ...last, imageId: LOWEST_ID };
  }
  const shown = found.slice(0, page.limit);
  const last = shown.at(-1);
  return {
    items: shown.map(
      ({ key: _key, listed_at: _at, listed_digest: _digest, position: _position, ...row }) => ({
        ...row,
        last_built_at: row.last_built_at.toISOString(),
      }),
    ),
    nextCursor: found.length > page.limit && last !== undefined ? cursorOf(last) : null,
    notCompared,
  };
}

/** No image comes after the one with it. */
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

type Place = Omit<PackageKeyset, 'imageId'>;

interface Wanted {
  readonly query: PackageQuery;
  readonly chosen: readonly Version[] | null;
  readonly after: PackageKeyset | null;
}

/** Packages from the one at which a page ended, which may have more images: by name, and the newest lists first. */
async function choosePlaces(tx: Tx, wanted: Wanted, most: number): Promise<Place[]> {
  const { rows } = await sql<Place>`
    SELECT key, listed_at AS "listedAt", manifest_digest AS "manifestDigest", position FROM (
      (${placesBy('name_key', wanted, sql`true`, most)})
      UNION ALL
      (${placesBy('source_key', wanted, sql`NOT ${isNamed('name_key', wanted.query)}`, most)})
    ) p
    ORDER BY key, listed_at DESC, manifest_digest DESC, position DESC LIMIT ${most}`.execute(tx);
  return rows;
}

function placesBy(
  column: Key,
  { query, chosen, after }: Wanted,
  condition: RawBuilder<unknown>,
  most: number,
): RawBuilder<unknown> {
  return sql`
    SELECT ${sql.ref(`p.${column}`)} AS key, p.listed_at, p.manifest_digest, p.position FROM image_packages p
    WHERE ${isNamed(column, query)} AND ${isFrom(column, query, after)} AND ${isChosen(chosen)} AND ${condition}
    ORDER BY ${sql.ref(`p.${column}`)}, p.listed_at DESC, p.manifest_digest DESC, p.position DESC LIMIT ${most}`;
}

function isFrom(column: Key, query: PackageQuery, after: PackageKeyset | null): RawBuilder<unknown> {
  if (after === null) return sql`true`;
  const { key, listedAt, manifestDigest, position } = after;
  const isHere = sql`p.listed_at <= ${listedAt} AND
    (p.listed_at, p.manifest_digest, p.position) <= (${listedAt}::timestamptz, ${manifestDigest}::text, ${position}::int)`;
  if (!query.isPrefix) return isHere;
  const of = sql`${sql.ref(`p.${column}`)}`;
  return sql`${of} >= ${key} AND (${of} > ${key} OR ${isHere})`;
}

function isChosen(chosen: readonly Version[] | null): RawBuilder<unknown> {
  if (chosen === null) return sql`true`;
  return sql`(p.package_name, p.package_type, p.package_version) IN (
    SELECT * FROM unnest(${chosen.map((one) => one.package_name)}::text[],
      ${chosen.map((one) => one.package_type)}::text[], ${chosen.map((one) => one.package_version)}::text[]))`;
}

type Row = Omit<PackageMatch, 'last_built_at'> & {
  readonly last_built_at: Date;
  readonly key: string;
  readonly listed_at: Date;
  readonly listed_digest: string;
  readonly position: number;
};

/** The images of these packages that have not been deleted, in their order. */
async function readMatches(tx: Tx, places: readonly Place[], after: PackageKeyset | null): Promise<Row[]> {
  const { rows } = await sql<Row>`
    SELECT p.package_name, p.package_version, p.package_type, p.source_name, p.purl, c.key, p.listed_at, p.position,
      i.id AS image_id, i.manifest_digest, p.manifest_digest AS listed_digest, mm.platform, pr.slug AS project, i.last_built_at,
      b.build_number AS last_build_number,
      ARRAY(SELECT t.repository || ':' || t.tag FROM image_tags t WHERE t.image_id IN (i.id, m.id)
        ORDER BY t.moved_at DESC, t.tag) AS tags
    FROM unnest(${places.map(({ key }) => key)}::text[], ${places.map((place) => place.manifestDigest)}::text[],
      ${places.map(({ position }) => position)}::int[]) WITH ORDINALITY AS c (key, manifest_digest, position, place)
    JOIN image_packages p ON p.manifest_digest = c.manifest_digest AND p.position = c.position
    JOIN images m ON m.tenant_id = p.tenant_id AND m.manifest_digest = p.manifest_digest
    JOIN image_metadata mm ON mm.image_id = m.id
    LEFT JOIN image_platforms ip ON ip.image_id = m.id
    -- Not coalesce(), which may tell of rows of other tenants, says PostgreSQL, and so keeps it from the index.
    JOIN images i ON i.id = CASE WHEN ip.index_image_id IS NULL THEN m.id ELSE ip.index_image_id END AND i.deleted_at IS NULL
    JOIN projects pr ON pr.id = i.project_id
    JOIN builds b ON b.id = i.last_build_id
    WHERE ${after === null} OR i.id < ${after?.imageId ?? LOWEST_ID}::uuid
      OR (p.manifest_digest, p.position) <> (${after?.manifestDigest ?? ''}::text, ${after?.position ?? 0}::int)
    ORDER BY c.place, i.id DESC`.execute(tx);
  return rows;
}

function cursorOf(row: Row): string {
  return encodePackageCursor({
    ...{ key: row.key, listedAt: row.listed_at, manifestDigest: row.listed_digest },
    ...{ position: row.position, imageId: row.image_id },
  });
}

/** The order of versions is judged here, each once, however many images have it; null: all are meant. */
async function chooseVersions(
  tx: Tx,
  query: PackageQuery,
): Promise<{ chosen: Version[] | null; notCompared: string[] }> {
  if (query.versions.length === 0) return { chosen: null, notCompared: [] };
  const { rows } = await sql<Version>`
    SELECT DISTINCT p.package_name, p.package_type, p.package_version FROM image_packages p
    WHERE (${isNamed('name_key', query)} OR ${isNamed('source_key', query)}) ORDER BY 1, 2, 3`.execute(tx);
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
function isNamed(column: Key, { name, isPrefix }: PackageQuery) {
  const key = sql.ref(`p.${column}`);
  if (!isPrefix) return sql<boolean>`(${key} = lower(${name}))`;
  return sql<boolean>`(${key} >= lower(${name}) AND ${key} < lower(${name}) || ${LAST_CHARACTER})`;
}

type Key = 'name_key' | 'source_key';
