import { readKeyringFile, writeKeyringFile } from '../../adapters/keyring/keyring-file.js';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import { asSetupError } from '../../storage/admin-trouble.js';
import {
  inUse,
  lookAt,
  namesFor,
  onCluster,
  swapDatabases,
} from '../../storage/restore/restored-database.js';
import type { Place } from '../place.js';
import { verify } from '../verify/verify.js';
import { loadBackup, loadingFolder } from './load-backup.js';
import type { Restored, RestoreOptions } from './restore-state.js';
import { nameBefore, putInPlace, setAside } from './set-aside.js';

/**
 * Restores a backup, which `checkBackup` has read through, into an installation on a PostgreSQL of its own. Its database, and the folder
 * of contexts if that is told, are loaded beside what is there and put in place at the end; cut off in the middle nothing has changed.
 * The registry and Temporal are the operator's.
 */
export async function restoreInstallation(place: Place, options: RestoreOptions): Promise<Restored> {
  if (options.keyring !== undefined) await readKeyringFile(options.keyring);
  await refuseUsed(place, options.force);
  const names = namesFor(place.database);
  const loaded = await loadBackup(place, names, options);
  const before = nameBefore(new Date());
  const aside: (string | null)[] = [];
  await onCluster(place.adminUrl, (cluster) => swapDatabases(cluster, names, `${names.database}_${before}`));
  const { dataFolder, keyringFile } = place;
  if (dataFolder !== null) {
    const contents = join(dataFolder, 'contents');
    aside.push(await putInPlace(join(loadingFolder(dataFolder), 'contents'), contents, before));
  }
  if (options.keyring !== undefined) {
    aside.push(await setAside(keyringFile, before));
    await mkdir(dirname(keyringFile), { recursive: true, mode: 0o700 });
    await writeKeyringFile(keyringFile, await readKeyringFile(options.keyring));
  }
  const checks = await options.step('Verifying', () => verify(place, { all: false, registry: false }));
  return { ...loaded, setAside: aside.filter((path) => path !== null), checks };
}

async function refuseUsed(place: Place, force: boolean): Promise<void> {
  const { database, dataFolder } = place;
  const { exists, sessions } = await onCluster(place.adminUrl, (cluster) => lookAt(cluster, database)).catch(
    (error: unknown) => {
      throw asSetupError(error);
    },
  );
  if (sessions > 0) throw new KilnError('target_in_use', { message: inUse(database, sessions) });
  if (force) return;
  if (exists)
    throw new KilnError('target_not_empty', { message: `There is a database "${database}" already.` });
  const contents = dataFolder === null ? [] : await readdir(join(dataFolder, 'contents')).catch(() => []);
  if (contents.length > 0)
    throw new KilnError('target_not_empty', { message: `${dataFolder} holds build contexts already.` });
}
