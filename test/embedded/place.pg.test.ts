import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { markHalfRestored } from '../../src/embedded/backup/restore-marker.js';
import { claimStateFolder, readOwner } from '../../src/embedded/owner.js';
import { isInstallation, type Place, withStateFolder } from '../../src/embedded/place.js';
import { processStartTime } from '../../src/embedded/process-identity.js';
import { postgresDataFolder } from '../../src/embedded/services/postgres-folder.js';
import { writeServiceRecord } from '../../src/embedded/services/service-record.js';
import { writeCliAccess } from '../../src/embedded/state.js';
import { startStack } from '../../src/embedded/stack.js';

const ACCESS = { api_url: '', token: '', temporal_ui_url: '', registry: '' };

let stateFolder: string;
beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'kiln-place-'));
  await chmod(stateFolder, 0o711);
});
afterEach(async () => {
  await rm(stateFolder, { recursive: true, force: true });
});

const look = (environment: Record<string, string> = {}): Promise<Place> =>
  withStateFolder(stateFolder, { command: 'kiln verify', environment, withRegistry: false }, (place) =>
    Promise.resolve(place),
  );

test('a folder that is named wins over an installation in the environment', () => {
  const environment = { KILN_CONFIG_FILE: '/etc/kiln/setup.env' };
  expect(isInstallation(environment, undefined)).toBe(true);
  expect(isInstallation(environment, '/srv/kiln')).toBe(false);
});

test('the registries of a Kiln that serves are reached as its processes reach them', async () => {
  await claimStateFolder(stateFolder);
  await writeCliAccess(stateFolder, { ...ACCESS, pid: process.pid });
  const folder = join(stateFolder, 'registry');
  await writeServiceRecord(stateFolder, 'registry', { ports: { http: 5001 }, folder });

  const { config } = await look({
    KILN_INSECURE_REGISTRIES: 'plain.lan:5000',
    KILN_CONFIG_FILE: '/of/an/installation',
  });

  expect(config).toMatchObject({
    registry: '127.0.0.1:5001',
    insecureRegistries: ['127.0.0.1:5001', 'plain.lan:5000'],
  });
});

test('the PostgreSQL of a Kiln that is starting is not used yet', async () => {
  await claimStateFolder(stateFolder);
  await writeCliAccess(stateFolder, { ...ACCESS, pid: 1 });
  await expect(look()).rejects.toMatchObject({
    code: 'state_in_use',
    message: expect.stringContaining('not ready'),
  });
});

test('a command that works on a stopped Kiln does not lend its PostgreSQL to another', async () => {
  await claimStateFolder(stateFolder, 'kiln backup');
  await expect(look()).rejects.toMatchObject({
    code: 'state_in_use',
    message: expect.stringContaining('"kiln backup"'),
  });
});

test('a half restored folder is refused by those who have claimed it, and given back', async () => {
  await mkdir(await postgresDataFolder(stateFolder), { recursive: true });
  await markHalfRestored(stateFolder, '/backup');

  await expect(look()).rejects.toMatchObject({ code: 'restore_incomplete' });
  await expect(startStack({ stateFolder, slots: 1, report: () => undefined })).rejects.toMatchObject({
    code: 'restore_incomplete',
  });

  expect(await readOwner(stateFolder)).toBeNull();
});

test('a restore that has just begun is not mistaken for one that was cut off', async () => {
  await mkdir(await postgresDataFolder(stateFolder), { recursive: true });
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    const pid = child.pid ?? 0;
    const owner = { pid, startTime: processStartTime(pid), command: 'kiln restore' };
    await writeFile(join(stateFolder, 'up.json'), JSON.stringify(owner));
    await markHalfRestored(stateFolder, '/backup');

    const started = startStack({ stateFolder, slots: 1, report: () => undefined });
    await expect(started).rejects.toMatchObject({ code: 'state_in_use' });
  } finally {
    child.kill('SIGKILL');
  }
});
