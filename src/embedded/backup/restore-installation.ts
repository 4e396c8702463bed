import { join } from 'node:path';
import { readKeyringFile } from '../../adapters/keyring/keyring-file.js';
import { KilnError } from '../../domain/errors.js';
import {
  isThereUnused,
  namesFor,
  onCluster,
  swapDatabases,
} from '../../storage/restore/restored-database.js';
import type { Place } from '../place.js';
import { verify } from '../verify/verify.js';
import { moveFiles } from './folder-archive.js';
import { loadBackup } from './load-backup.js';
import type { Manifest } from './manifest.js';
import { placeKeyring } from './place-keyring.js';
import type { Restored, RestoreOptions } from './restore-state.js';
import { nameBefore } from './set-aside.js';

/**
 * Restores a backup, which `checkBackup` has read through, into an installation on a PostgreSQL of its own. The database is loaded beside
 * the one that is there; contexts and keys, which go by their content, are added to what is there; then the databases change places,
 * which is the one moment at which anything changes. The registry and Temporal are the operator's.
 */
export async function restoreInstallation(place: Place, options: RestoreOptions): Promise<Restored> {
  const { keyring, step } = options;
  if (keyring !== undefined) await readKeyringFile(keyring);
  await refuseUsed(place, options.force);
  const names = namesFor(place.database);
  const contentsTo = loadingFolder(place, options.manifest);
  const loaded = await loadBackup(place, names, { ...options, contentsTo });
  if (place.dataFolder !== null && contentsTo !== null) await moveFiles(contentsTo, place.dataFolder);
  if (keyring !== undefined) await placeKeyring(keyring, place.keyringFile);
  const before = nameBefore(new Date());
  const database = await onCluster(place.adminUrl, (cluster) => swapDatabases(cluster, names, before));
  const checks = await step('Verifying', () =>
    verify(place, { all: false, registry: place.config.registry !== undefined }),
  );
  return { ...loaded, setAside: database === null ? [] : [`database ${database}`], checks };
}

/** Inside the data folder, which may be a disk of its own: nothing can be renamed from one to another. */
function loadingFolder({ dataFolder }: Place, { parts }: Manifest): string | null {
  if (dataFolder === null || !parts.some(({ name }) => name === 'contents')) return null;
  return join(dataFolder, 'restoring');
}

async function refuseUsed({ adminUrl, database }: Place, force: boolean): Promise<void> {
  const exists = await onCluster(adminUrl, (cluster) => isThereUnused(cluster, database));
  if (exists && !force) {
    throw new KilnError('target_not_empty', { message: `There is a database "${database}" already.` });
  }
}
