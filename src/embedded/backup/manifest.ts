import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { KilnError } from '../../domain/errors.js';

/** The parts of a backup and the files they lie in. */
export const PART_FILES = {
  database: 'database.dump',
  contents: 'contents.tar',
  registry: 'registry.tar',
} as const;
export type PartName = keyof typeof PART_FILES;

const MANIFEST_FILE = 'manifest.json';
const FORMAT = 'kiln-backup';

const part = z.strictObject({
  name: z.enum(Object.keys(PART_FILES) as [PartName, ...PartName[]]),
  size_bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
/** One file of a backup. */
export type Part = z.infer<typeof part>;

const manifest = z.strictObject({
  format: z.literal(FORMAT),
  format_version: z.int().min(1),
  kiln_version: z.string(),
  created_at: z.iso.datetime(),
  postgres_version: z.string().regex(/^\d+(\.\d+)*/),
  /** Every migration that the database had been through, in order. */
  migrations: z.array(z.string()).min(1),
  /** Master keys that the stored secrets need; the keys themselves are never here. */
  key_ids: z.array(z.string()),
  /** Where the embedded registry served, which the names of its images carry; null without it. */
  registry_address: z.string().nullable(),
  parts: z.array(part).refine((parts) => parts.some(({ name }) => name === 'database')),
});
/** What a backup says of itself: `manifest.json` in its folder. */
export type Manifest = z.infer<typeof manifest>;

/** The version of the format that this Kiln writes, and the newest that it reads. */
export const FORMAT_VERSION = 1;

/** What every manifest of this Kiln says. */
export const MANIFEST_HEAD = { format: FORMAT, format_version: FORMAT_VERSION } as const;

/** The text and file name of a manifest. */
export function printManifest(content: Manifest): { file: string; text: string } {
  return { file: MANIFEST_FILE, text: `${JSON.stringify(content, null, 2)}\n` };
}

/** Reads the manifest of a backup. backup_invalid for anything else, backup_newer for a format of a later Kiln. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST_FILE), 'utf8').catch(() => null);
  if (text === null) {
    throw new KilnError('backup_invalid', {
      message: `${folder} is no backup of Kiln: it has no ${MANIFEST_FILE}. A folder that ends with .incomplete-... was never finished.`,
    });
  }
  const content = parseJson(text) as { format?: unknown; format_version?: unknown } | null;
  if (content?.format === FORMAT && Number(content.format_version) > FORMAT_VERSION) {
    throw new KilnError('backup_newer');
  }
  const { data, error } = manifest.safeParse(content);
  if (data !== undefined) return data;
  const issue = error.issues[0];
  throw new KilnError('backup_invalid', {
    message: `${join(folder, MANIFEST_FILE)} is broken: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(': ')}.`,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
