import { sql } from 'kysely';
import type { ImageDetail } from '../../contracts/images.js';
import type { Tx } from '../database.js';
import { isoOrNull } from '../times.js';
import { isSbomLost } from './note-lost.js';
import { joinManifests } from '../images/platform-images.js';

interface Row {
  readonly sbom_tool: string | null;
  readonly sbom_failure: string | null;
  readonly note: string | null;
  readonly tool: string | null;
  readonly scanned_at: Date | null;
  readonly scan_failure: string | null;
  readonly critical: number;
  readonly high: number;
  readonly medium: number;
  readonly low: number;
  readonly negligible: number;
  readonly unknown: number;
}

/** Whether there are a bill of materials and a scan of an image; of an index of all its platforms. */
export async function readInspectionState(
  tx: Tx,
  imageId: string,
): Promise<Pick<ImageDetail, 'sbom' | 'scan'>> {
  const { rows } = await sql<Row>`
    SELECT CASE WHEN NOT ${isSbomLost('s')} THEN s.tool END AS sbom_tool, s.failure_reason AS sbom_failure, s.note, c.tool, c.scanned_at, c.failure_reason AS scan_failure,
      n.critical, n.high, n.medium, n.low, n.negligible, n.unknown
    FROM images t ${joinManifests('t')}
    LEFT JOIN image_sboms s ON s.tenant_id = m.tenant_id AND s.manifest_digest = m.manifest_digest
    LEFT JOIN image_scans c ON c.tenant_id = m.tenant_id AND c.manifest_digest = m.manifest_digest
    CROSS JOIN LATERAL (SELECT
      count(*) FILTER (WHERE f.severity = 'critical')::int AS critical, count(*) FILTER (WHERE f.severity = 'high')::int AS high,
      count(*) FILTER (WHERE f.severity = 'medium')::int AS medium, count(*) FILTER (WHERE f.severity = 'low')::int AS low,
      count(*) FILTER (WHERE f.severity = 'negligible')::int AS negligible,
      count(*) FILTER (WHERE f.severity = 'unknown')::int AS unknown
      FROM image_findings f WHERE f.tenant_id = m.tenant_id AND f.manifest_digest = m.manifest_digest) n
    WHERE t.id = ${imageId} ORDER BY p.position`.execute(tx);
  return { sbom: sbomOf(rows), scan: scanOf(rows) };
}

function sbomOf(rows: readonly Row[]): ImageDetail['sbom'] {
  const failure = first(rows.map((row) => row.sbom_failure));
  const isMade = rows.every((row) => row.sbom_tool !== null);
  return {
    state: failure !== null ? 'failed' : isMade ? 'made' : 'pending',
    tool: first(rows.map((row) => row.sbom_tool)),
    failure_reason: failure,
    note: first(rows.map((row) => row.note)),
  };
}

function scanOf(rows: readonly Row[]): ImageDetail['scan'] {
  const isScanned = rows.every((row) => row.scanned_at !== null);
  const failure = first(rows.map((row) => row.scan_failure));
  const oldest = [...rows].sort((a, b) => Number(a.scanned_at) - Number(b.scanned_at))[0];
  const sum = (severity: keyof NonNullable<ImageDetail['scan']['counts']>): number =>
    rows.reduce((total, row) => total + row[severity], 0);
  return {
    state: isScanned ? 'scanned' : failure !== null ? 'failed' : 'pending',
    scanned_at: isScanned ? isoOrNull(oldest?.scanned_at ?? null) : null,
    tool: first(rows.map((row) => row.tool)),
    counts: isScanned
      ? {
          critical: sum('critical'),
          high: sum('high'),
          medium: sum('medium'),
          low: sum('low'),
          negligible: sum('negligible'),
          unknown: sum('unknown'),
        }
      : null,
    failure_reason: failure,
  };
}

function first(texts: readonly (string | null)[]): string | null {
  return texts.find((text) => text !== null) ?? null;
}
