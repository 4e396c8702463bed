import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readKeyringFile } from '../../adapters/keyring/keyring-file.js';
import { KilnError } from '../../domain/errors.js';
import type { CheckResult } from '../../storage/verify/check.js';
import { namesFor, onCluster, swapDatabases } from '../../storage/restore/restored-database.js';
import { refuseLeft, stopOrphans } from '../orphans.js';
import { claimStateFolder, releaseStateFolder } from '../owner.js';
import { type Place, withServices } from '../place.js';
import { areFree } from '../services/free-ports.js';
import { postgresDataFolder } from '../services/postgres-folder.js';
import { readServiceRecord, writeServiceRecord } from '../services/service-record.js';
import { registryNotAsked } from '../verify/check-registry.js';
import { verify } from '../verify/verify.js';
import { type Loaded, loadBackup, loadingFolder } from './load-backup.js';
import type { Manifest } from './manifest.js';
import { placeKeyring } from './place-keyring.js';
import { isHalfRestored, markHalfRestored, markRestored } from './restore-marker.js';
import { nameBefore, putInPlace, setAside } from './set-aside.js';
import type { Step } from './step.js';

export interface RestoreOptions {
  readonly backup: string;
  readonly manifest: Manifest;
  /** A keyring whose keys are added to the one that is there. */
  readonly keyring?: string;
  /** Replaces what is there; it is set aside. */
  readonly force: boolean;
  /** Of the command line: how registries are reached. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly step: Step;
}

export interface Restored extends Loaded {
  /** Where what was there before is kept. */
  readonly setAside: readonly string[];
  readonly checks: readonly CheckResult[];
}

/**
 * Restores a backup, which `checkBackup` has read through, into a state folder of `kiln up`. Everything is loaded beside what is
 * there, which must not serve, and put in its place at the end; until then a failure changes nothing. Cut off where there is no Kiln, or
 * while it is put in place, it leaves a mark: `kiln up` refuses the folder, and another restore begins from the start.
 */
export async function restoreState(stateFolder: string, options: RestoreOptions): Promise<Restored> {
  if (options.keyring !== undefined) await readKeyringFile(options.keyring);
  await claimStateFolder(stateFolder, 'kiln restore');
  try {
    const isEmpty = (await isHalfRestored(stateFolder)) || !(await hasState(stateFolder));
    if (!isEmpty && !options.force) {
      throw new KilnError('target_not_empty', {
        message: `${stateFolder} holds the state of a Kiln already.`,
      });
    }
    refuseLeft((await stopOrphans(stateFolder)).left);
    const registryPort = registryPortOf(options.manifest);
    if (registryPort !== null && !options.force) await refuseTaken(registryPort);
    if (isEmpty) await markHalfRestored(stateFolder, options.backup);
    const { environment } = options;
    const done = await withServices(stateFolder, { environment, withRegistry: false }, async (place) => {
      const names = namesFor(place.database);
      const contentsTo = place.dataFolder === null ? null : loadingFolder(place.dataFolder);
      const loaded = await loadBackup(place, names, { ...options, contentsTo });
      const before = nameBefore(new Date());
      await markHalfRestored(stateFolder, options.backup);
      if (registryPort !== null) await keepRegistryPort(stateFolder, registryPort);
      const database = await onCluster(place.adminUrl, (cluster) => swapDatabases(cluster, names, before));
      const folders = await swapFolders(stateFolder, place, options, before);
      return { ...loaded, setAside: [...(database === null ? [] : [`database ${database}`]), ...folders] };
    });
    await markRestored(stateFolder);
    const checks = await options.step('Verifying', () => verifyState(stateFolder, environment));
    return { ...done, checks };
  } finally {
    await releaseStateFolder(stateFolder);
  }
}

async function hasState(stateFolder: string): Promise<boolean> {
  const folders = [
    await postgresDataFolder(stateFolder),
    join(stateFolder, 'registry', 'data'),
    join(stateFolder, 'data', 'contents'),
  ];
  const entries = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  return entries.some((names) => names.length > 0);
}

function registryPortOf({ registry_address: address }: Manifest): number | null {
  const port = /:(\d+)$/.exec(address ?? '')?.[1];
  return port === undefined ? null : Number(port);
}

async function refuseTaken(port: number): Promise<void> {
  if (await areFree({ http: port })) return;
  throw new KilnError('target_in_use', {
    message: `The names of the images in this backup carry the port ${port} of its registry, which another process uses, perhaps the Kiln that it comes from. Stop that one; with --force Kiln is restored now and starts once the port is free.`,
  });
}

/** Names of images carry the registry's port, so it has to be the same again. */
async function keepRegistryPort(stateFolder: string, port: number): Promise<void> {
  const record = await readServiceRecord(stateFolder, 'registry');
  const folder = record?.folder ?? join(stateFolder, 'registry');
  await writeServiceRecord(stateFolder, 'registry', { ports: { http: port }, folder });
}

/** Where the registry's port is taken, which it has to keep, everything else is looked at. */
async function verifyState(
  stateFolder: string,
  environment: RestoreOptions['environment'],
): Promise<CheckResult[]> {
  const port = (await readServiceRecord(stateFolder, 'registry'))?.ports['http'];
  const withRegistry = port === undefined || (await areFree({ http: port }));
  const checks = await withServices(stateFolder, { environment, withRegistry }, (place) =>
    verify(place, { all: false, registry: withRegistry }),
  );
  return withRegistry ? checks : [...checks, registryNotAsked(`its port ${String(port)} is taken`)];
}

/**
 * The files of the backup take their places. Temporal's workflows and the supervisor's runs are those of the old life: the database
 * starts the workflows that it needs.
 */
async function swapFolders(
  stateFolder: string,
  place: Place,
  { keyring }: RestoreOptions,
  before: string,
): Promise<string[]> {
  const aside: (string | null)[] = [];
  for (const folder of [place.dataFolder, place.registry?.folder ?? null]) {
    if (folder !== null) aside.push(await putInPlace(loadingFolder(folder), folder, before));
  }
  for (const name of ['temporal', 'supervisor']) aside.push(await setAside(join(stateFolder, name), before));
  if (keyring !== undefined) await placeKeyring(keyring, place.keyringFile);
  return aside.filter((path) => path !== null);
}
