import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { examineInstallation } from '../../src/embedded/doctor.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-doctor-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function examine(configured: Record<string, string> = {}) {
  return examineInstallation({
    stateFolder: join(folder, 'not-yet-made'),
    cacheFolder: folder,
    searchPath: folder,
    configured,
  });
}

test('a program that the first start installs is a warning that says so', async () => {
  const rows = await examine();

  const registry = rows.find(({ name }) => name === 'registry');
  expect(registry).toMatchObject({ status: 'warn', version: '', path: '' });
  expect(registry?.remedy).toContain('the first start installs it with Go (3.1.2)');
});

test('a configured path that does not work is missing, whatever could be installed', async () => {
  const rows = await examine({ registry: join(folder, 'nowhere') });

  const registry = rows.find(({ name }) => name === 'registry');
  expect(registry?.status).toBe('missing');
  expect(registry?.remedy).toContain('KILN_REGISTRY_PATH');
});

test('the machine is examined too: this Node is fit, and the disk is measured before the state folder exists', async () => {
  const rows = await examine();

  expect(rows.find(({ name }) => name === 'node')).toMatchObject({
    status: 'ok',
    version: process.versions.node,
  });
  expect(rows.find(({ name }) => name === 'disk')?.version).toMatch(/^\d+\.\d GB free$/);
});
