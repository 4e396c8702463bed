import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatBytes } from '../../domain/format-bytes.js';
import { KilnError } from '../../domain/errors.js';
import { migrate, ranMigrations } from '../../storage/migrations/migrate.js';
import { type BegunAgain, beginAgain } from '../../storage/restore/begin-again.js';
import { forgetMissing } from '../../storage/restore/missing-contents.js';
import {
  type DatabaseNames,
  makeLoadingDatabase,
  onCluster,
} from '../../storage/restore/restored-database.js';
import { readServerVersion } from '../../storage/restore/source-facts.js';
import type { StoredContent } from '../../storage/verify/stored-values.js';
import { openAt, type Place, storeOf } from '../place.js';
import { compareVersions } from '../programs/version.js';
import { createFolderStore } from '../../adapters/blobs/folder-store.js';
import type { BlobStore } from '../../ports/contents.js';
import { judge } from '../verify/check-contents.js';
import { unpackFiles } from './folder-archive.js';
import { type Manifest, PART_FILES, type PartName } from './manifest.js';
import { loadDatabase } from './postgres-client.js';
import type { Step } from './step.js';

export interface LoadOptions {
  /** The folder of the backup, which `checkBackup` has read through. */
  readonly backup: string;
  readonly manifest: Manifest;
  /** Where the files of contexts are unpacked, on the disk of the data folder; null for nowhere. */
  readonly contentsTo: string | null;
  readonly step: Step;
}

/** What a restore made of the backup. */
export interface Loaded {
  readonly migrated: readonly string[];
  readonly builds: BegunAgain;
  /** Stored files that the backup lacks; uploads send them again. */
  readonly contentsMissing: number;
}

/** The name under which a folder is unpacked beside its place, until everything is whole. */
export function loadingFolder(folder: string): string {
  return `${folder}.restoring`;
}

/**
 * Loads a backup beside what is at the place, and touches nothing there: the database under another name, migrated and with its old
 * life ended, and the files in folders of their own. What an unfinished restore left goes first.
 */
export async function loadBackup(place: Place, names: DatabaseNames, options: LoadOptions): Promise<Loaded> {
  const { backup, manifest, contentsTo, step } = options;
  const because = `restored from the backup of ${manifest.created_at}`;
  const serverVersion = await onCluster(place.adminUrl, async (cluster) => {
    const version = await readServerVersion(cluster);
    refuseOlderServer(version, manifest.postgres_version);
    await makeLoadingDatabase(cluster, names);
    return version;
  });
  await step('Database', (update) =>
    loadDatabase({ ...place, serverVersion }, names.loading, join(backup, PART_FILES.database), (table) =>
      update(`Database: ${table}`),
    ),
  );
  const unpack = async (name: PartName, title: string, folder: string | null): Promise<void> => {
    if (folder === null || !manifest.parts.some((part) => part.name === name)) return;
    await rm(folder, { recursive: true, force: true });
    await step(title, (update) =>
      unpackFiles(join(backup, PART_FILES[name]), folder, (done) => update(`${title}: ${formatBytes(done)}`)),
    );
  };
  await unpack('contents', 'Uploaded contexts', contentsTo);
  await unpack('registry', 'Registry', place.registry === null ? null : loadingFolder(place.registry.folder));
  const hasContents = manifest.parts.some(({ name }) => name === 'contents');
  const contents = hasContents && contentsTo !== null ? createFolderStore(contentsTo) : await storeOf(place);
  return step('Beginning a new life', () => prepare(place, names, contents, because));
}

function refuseOlderServer(server: string, source: string): void {
  if (compareVersions(server.split('.')[0] ?? '', source.split('.')[0] ?? '') >= 0) return;
  throw new KilnError('backup_failed', {
    message: `The backup comes from PostgreSQL ${source}, this server is ${server}: restore into one that is no older.`,
  });
}

/** `contents`: where the files of contexts are; null where nobody knows. */
async function prepare(
  place: Place,
  names: DatabaseNames,
  contents: BlobStore | null,
  because: string,
): Promise<Loaded> {
  const admin = openAt(place, names.loading);
  const controller = openAt(place, names.loading, 'kiln_controller');
  try {
    const before = await ranMigrations(admin);
    const ran = await migrate(admin);
    const isHere = async (content: StoredContent): Promise<boolean> =>
      contents === null || (await judge(contents, content, false)) === null;
    const contentsMissing = await forgetMissing(admin, isHere);
    const builds = await beginAgain(controller, because);
    return { migrated: ran.filter((name) => !before.includes(name)), builds, contentsMissing };
  } finally {
    await Promise.all([admin.destroy(), controller.destroy()]);
  }
}
