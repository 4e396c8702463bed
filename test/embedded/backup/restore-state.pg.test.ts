import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readManifest } from '../../../src/embedded/backup/manifest.js';
import { type Restored, restoreState } from '../../../src/embedded/backup/restore-state.js';
import { readOwner } from '../../../src/embedded/owner.js';
import { readServiceRecord } from '../../../src/embedded/services/service-record.js';
import { aBackedUpInstallation, type BackedUp } from './an-installation.js';

let kiln: BackedUp;
let stateFolder: string;
const listeners: Server[] = [];
beforeAll(async () => {
  kiln = await aBackedUpInstallation();
  stateFolder = mkdtempSync(join(tmpdir(), 'kiln-restored-'));
  chmodSync(stateFolder, 0o711);
}, 120_000);
afterAll(async () => {
  for (const listener of listeners) listener.close();
  rmSync(stateFolder, { recursive: true, force: true });
  await kiln.close();
});

/** A port that another process uses. */
async function aTakenPort(): Promise<number> {
  const listener = createServer();
  listeners.push(listener);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return (listener.address() as { port: number }).port;
}

/** The backup as one of a Kiln whose registry served at that port. */
function backupWith(port: number): string {
  const copy = mkdtempSync(join(kiln.folder, 'copy-'));
  cpSync(kiln.backup, copy, { recursive: true });
  const file = join(copy, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...manifest, registry_address: `127.0.0.1:${port}` }));
  return copy;
}

const restore = async (backup: string, force: boolean): Promise<Restored> =>
  restoreState(stateFolder, {
    backup,
    manifest: await readManifest(backup),
    force,
    environment: {},
    step: kiln.options.step,
  });
const registryPort = async (): Promise<number | undefined> =>
  (await readServiceRecord(stateFolder, 'registry'))?.ports['http'];

test('with force a restore ends while the port of the registry is taken, and says that the registry was not asked', async () => {
  const port = await aTakenPort();
  await expect(restore(backupWith(port), false)).rejects.toMatchObject({ code: 'target_in_use' });
  expect(await registryPort()).toBeUndefined();

  const { checks } = await restore(backupWith(port), true);

  expect(checks.find(({ name }) => name === 'registry')).toMatchObject({
    wrong: 0,
    note: `not asked: its port ${port} is taken`,
  });
  expect(checks.length).toBeGreaterThan(5);
  expect(await registryPort()).toBe(port);
  expect(await readOwner(stateFolder)).toBeNull();
}, 120_000);

test('a restore that fails while it loads leaves the Kiln that is there as it was, with the port of its registry', async () => {
  const before = await registryPort();
  const broken = backupWith(await aTakenPort());
  writeFileSync(join(broken, 'database.dump'), 'no dump');

  await expect(restore(broken, true)).rejects.toMatchObject({ code: 'backup_failed' });

  expect(await registryPort()).toBe(before);
  expect(existsSync(join(stateFolder, 'restore.json'))).toBe(false);
}, 120_000);
