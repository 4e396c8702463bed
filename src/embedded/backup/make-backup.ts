import { mkdir, mkdtemp, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { readKeyringFile, writeKeyringFile } from '../../adapters/keyring/keyring-file.js';
import { syncFolder } from '../../adapters/blobs/sync-folder.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { KilnError } from '../../domain/errors.js';
import type { Database } from '../../storage/database.js';
import { readSourceFacts } from '../../storage/restore/source-facts.js';
import { transact } from '../../storage/transact.js';
import { listContents } from '../../storage/verify/stored-values.js';
import { openAt, type Place } from '../place.js';
import { filesBelow, packFiles } from './folder-archive.js';
import { type Manifest, MANIFEST_HEAD, type Part, type PartName, printManifest } from './manifest.js';
import { dumpDatabase } from './postgres-client.js';
import type { Step } from './step.js';
import { writePart } from './write-part.js';

export interface BackupOptions {
  /** The folder to make. */
  readonly target: string;
  /** A file of its own for the keyring; without it the backup holds no key. */
  readonly keyringTo?: string;
  readonly withRegistry: boolean;
  readonly kilnVersion: string;
  readonly step: Step;
}

/**
 * Writes a backup while everything goes on: first one view of the database, then the files that its rows name. Contexts that are
 * dropped in between are not in it, which a restore records, so that uploads send them again. It lies under a temporary name until
 * it is whole.
 */
export async function makeBackup(place: Place, options: BackupOptions): Promise<Manifest> {
  const { target, keyringTo } = options;
  await refuseTaken(target);
  if (keyringTo !== undefined) await refuseKeyringPlace(target, keyringTo);
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(`${target}.incomplete-`);
  try {
    const manifest = await writeParts(place, folder, options);
    if (keyringTo !== undefined) await copyKeyring(place.keyringFile, keyringTo, manifest.key_ids);
    await rename(folder, target);
    await syncFolder(dirname(target));
    return manifest;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function writeParts(place: Place, folder: string, options: BackupOptions): Promise<Manifest> {
  const facts = await readAt(place, readSourceFacts);
  const createdAt = new Date().toISOString();
  const write = (name: PartName, title: string, bytes: AsyncIterable<Uint8Array>): Promise<Part> =>
    options.step(title, (update) =>
      writePart(folder, name, bytes, (done) => update(`${title}: ${formatBytes(done)}`)),
    );
  const target = { ...place, serverVersion: facts.postgresVersion };
  const parts = [await dumpDatabase(target, place.database, (bytes) => write('database', 'Database', bytes))];
  const { dataFolder, registry } = place;
  if (dataFolder !== null) {
    const expected = await readAt(place, storedContents);
    let packed = 0;
    const names = contentsOf(dataFolder, () => (packed += 1));
    parts.push(await write('contents', 'Uploaded contexts', packFiles(dataFolder, names)));
    if (packed === 0) await refuseWrongFolder(place, dataFolder, expected);
  }
  if (registry !== null && options.withRegistry) {
    parts.push(await write('registry', 'Registry', packFiles(registry.folder, imagesOf(registry.folder))));
  }
  const manifest: Manifest = {
    ...MANIFEST_HEAD,
    kiln_version: options.kilnVersion,
    created_at: createdAt,
    postgres_version: facts.postgresVersion,
    migrations: [...facts.migrations],
    key_ids: [...facts.keyIds],
    registry_address: registry?.address ?? null,
    parts,
  };
  await writeManifest(folder, manifest);
  return manifest;
}

async function readAt<T>(place: Place, read: (admin: Database) => Promise<T>): Promise<T> {
  const admin = openAt(place, place.database);
  try {
    return await read(admin);
  } finally {
    await admin.destroy();
  }
}

const storedContents = async (admin: Database): Promise<Set<string>> =>
  new Set((await transact(admin, listContents)).map(({ tenantId, sha256 }) => `${tenantId}/${sha256}`));

/** Contents that are recorded all the while, of which not one is there, lie in another folder. */
async function refuseWrongFolder(place: Place, folder: string, expected: ReadonlySet<string>): Promise<void> {
  const recorded = await readAt(place, storedContents);
  if (![...recorded].some((content) => expected.has(content))) return;
  throw new KilnError('backup_failed', {
    message: `${folder} holds none of the ${String(recorded.size)} files of uploaded contexts that the database names: correct KILN_DATA_DIR, or leave it out to back up no contexts.`,
  });
}

/** Contents that are whole; what is still arriving is sent again. */
async function* contentsOf(dataFolder: string, onName: () => void): AsyncGenerator<string> {
  for await (const name of filesBelow(dataFolder, (entry) => entry !== 'pieces', 'contents')) {
    onName();
    yield name;
  }
}

/** Links before blobs: a blob is there before the first link to it, so every link in the backup has its blob. */
async function* imagesOf(folder: string): AsyncGenerator<string> {
  const root = 'docker/registry/v2';
  for (const below of ['repositories', 'blobs']) {
    yield* filesBelow(folder, (entry) => entry !== '_uploads', `${root}/${below}`);
  }
}

async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const { file, text } = printManifest(manifest);
  const handle = await open(join(folder, file), 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(folder);
}

async function refuseTaken(path: string): Promise<void> {
  if ((await stat(path).catch(() => null)) === null) return;
  throw new KilnError('target_not_empty', {
    message: `${path} exists already: a backup is a folder of its own. Name another.`,
  });
}

/** Whoever has database and keyring has the secrets: they never lie together. */
async function refuseKeyringPlace(target: string, keyringTo: string): Promise<void> {
  await refuseTaken(keyringTo);
  if (!relative(target, keyringTo).startsWith('..')) {
    throw new KilnError('invalid_request', {
      message:
        '--with-keyring: the keyring never lies in the backup itself, whose secrets it opens. Name a file elsewhere.',
    });
  }
}

async function copyKeyring(from: string, to: string, needed: readonly string[]): Promise<void> {
  const keyring = await readKeyringFile(from);
  const gone = needed.filter((id) => !keyring.keys.has(id));
  if (gone.length > 0) {
    throw new KilnError('backup_failed', {
      message: `The keyring ${from} lacks ${gone.join(', ')}, which stored secrets need. See \`kiln keys show\`, or leave --with-keyring out.`,
    });
  }
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await writeKeyringFile(to, keyring);
}
