import { z } from 'zod';
import { SEVERITIES } from '../domain/scans/severity.js';

const id = z.uuid();
const timestamp = z.iso.datetime({ offset: true });
const count = z.int().min(0);

/** How many findings a scan has of each severity. */
export const FindingCounts = z.strictObject({
  critical: count,
  high: count,
  medium: count,
  low: count,
  negligible: count,
  unknown: count,
});

/** Whether there is a bill of materials of an image, or why not. */
export const SbomState = z.strictObject({
  state: z
    .enum(['pending', 'made', 'failed'])
    .describe('of an index pending as long as one of its platforms is'),
  tool: z.string().nullable(),
  failure_reason: z.string().nullable(),
  note: z.string().nullable().describe('what cannot be searched for'),
});

/** Whether an image was scanned, and what the newest scan has found. */
export const ScanState = z.strictObject({
  state: z
    .enum(['pending', 'scanned', 'failed'])
    .describe('failed where it was never scanned since that could not be done'),
  scanned_at: timestamp.nullable(),
  tool: z.string().nullable(),
  counts: FindingCounts.nullable().describe('of an index of all its platforms'),
  failure_reason: z.string().nullable().describe('why the newest try came to nothing; an older scan stays'),
});

/** A package in an image. */
export const PackageMatch = z.strictObject({
  package_name: z.string(),
  package_version: z.string(),
  package_type: z.string().describe('deb, apk, npm, go-module, python and so on'),
  source_name: z.string().nullable().describe('what it was built from, where that has another name'),
  purl: z.string().nullable(),
  image_id: id,
  manifest_digest: z.string(),
  platform: z.string().nullable(),
  project: z.string(),
  tags: z.array(z.string()).describe('repository:tag that point at the image'),
  last_built_at: timestamp,
  last_build_number: z.int().min(1),
});
export type PackageMatch = z.infer<typeof PackageMatch>;

/** A vulnerability that was found in an image. */
export const ScanFinding = z.strictObject({
  vulnerability_id: z.string(),
  severity: z.enum(SEVERITIES),
  package_name: z.string(),
  package_version: z.string(),
  package_type: z.string(),
  fixed_version: z.string().nullable().describe('null where the scanner knows of none'),
  link: z.string().nullable(),
});
export type ScanFinding = z.infer<typeof ScanFinding>;

/** The newest scan of an image. */
export const ImageScan = z.strictObject({
  manifest_digest: z.string(),
  platform: z.string().nullable(),
  scanned_at: timestamp,
  tool: z.string(),
  database_version: z.string().nullable(),
  database_built_at: timestamp.nullable(),
  failure_reason: z.string().nullable().describe('why a newer try came to nothing'),
  counts: FindingCounts,
  items: z.array(ScanFinding).describe('the worst first'),
});
export type ImageScan = z.infer<typeof ImageScan>;
