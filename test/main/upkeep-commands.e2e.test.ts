import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runKiln } from '../scenarios/kiln.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kiln-upkeep-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  [['backup', 'target'], 'holds no state of a Kiln'],
  [['verify'], 'holds no state of a Kiln'],
  [['keys', 'show'], 'KILN_CONTROLLER_DATABASE_URL_FILE: expected a file'],
])('`kiln %j --state` means that folder, whatever installation the environment names', async (args, told) => {
  const [state, settings] = [join(folder, 'state'), join(folder, 'setup.env')];
  const ran = await runKiln([...args, '--state', state], { KILN_CONFIG_FILE: settings });
  expect(ran.code).not.toBe(0);
  expect(ran.stderr).toContain(told);
  expect(ran.stderr).not.toContain(settings);
});

test('`kiln restore` says what the disk refuses while it reads the backup through', async () => {
  const dump = join(folder, 'database.dump');
  mkdirSync(dump);
  const manifest = {
    format: 'kiln-backup',
    format_version: 1,
    kiln_version: '0.0.1',
    created_at: new Date().toISOString(),
    postgres_version: '15.1',
    migrations: ['001_identity'],
    key_ids: [],
    registry_address: null,
    parts: [{ name: 'database', size_bytes: statSync(dump).size, sha256: '0'.repeat(64) }],
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  const ran = await runKiln(['restore', folder, '--state', join(folder, 'state'), '--json']);
  expect(ran.code).not.toBe(0);
  expect(ran.stdout + ran.stderr).toContain('backup_failed');
  expect(ran.stdout + ran.stderr).toContain('EISDIR');
});
