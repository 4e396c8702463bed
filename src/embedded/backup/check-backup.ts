import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatBytes } from '../../domain/format-bytes.js';
import { KilnError } from '../../domain/errors.js';
import { knownMigrations } from '../../storage/migrations/migrate.js';
import { compareVersions } from '../programs/version.js';
import { type Manifest, type Part, PART_FILES, readManifest } from './manifest.js';
import type { Step } from './step.js';
import { hashPart } from './write-part.js';

/**
 * Reads a backup through: every part is whole and unchanged, and this Kiln is new enough for it. backup_invalid or backup_newer
 * otherwise. Changes nothing.
 */
export async function checkBackup(folder: string, kilnVersion: string, step: Step): Promise<Manifest> {
  const manifest = await readManifest(folder);
  await refuseNewer(manifest, kilnVersion);
  for (const part of manifest.parts) await checkSize(folder, part);
  await step('Reading the backup through', async (update) => {
    for (const part of manifest.parts) {
      const file = join(folder, PART_FILES[part.name]);
      const total = formatBytes(part.size_bytes);
      const sha256 = await hashPart(file, (done) =>
        update(`Reading the backup through: ${part.name}, ${formatBytes(done)} of ${total}`),
      );
      if (sha256 !== part.sha256) {
        throw new KilnError('backup_invalid', {
          message: `${file} was changed: its SHA-256 is not the one in the manifest.`,
        });
      }
    }
  });
  return manifest;
}

async function refuseNewer(manifest: Manifest, kilnVersion: string): Promise<void> {
  const known = await knownMigrations();
  const strange = manifest.migrations.filter((name) => !known.includes(name));
  if (strange.length === 0 && compareVersions(manifest.kiln_version, kilnVersion) <= 0) return;
  const why =
    strange.length === 0 ? '' : ` Its database has ${strange.join(', ')}, which this Kiln does not know.`;
  throw new KilnError('backup_newer', {
    message: `The backup was made by Kiln ${manifest.kiln_version}, this one is ${kilnVersion}.${why}`,
  });
}

async function checkSize(folder: string, part: Part): Promise<void> {
  const file = join(folder, PART_FILES[part.name]);
  const found = await stat(file).catch(() => null);
  if (found?.size === part.size_bytes) return;
  const is = found === null ? 'is missing' : `has ${String(found.size)} bytes of ${String(part.size_bytes)}`;
  throw new KilnError('backup_invalid', { message: `${file} ${is}.` });
}
