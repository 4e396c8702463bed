import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensurePrograms, inspectPrograms } from '../../../src/embedded/programs.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-ensure-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function aTemporal(name: string, version: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\necho 'temporal version ${version} (Server 1.32.0)'\n`);
  await chmod(path, 0o755);
  return path;
}

test('a program on PATH is used and told of', async () => {
  const path = await aTemporal('temporal', '1.4.0');
  const phases: string[] = [];

  const { temporal } = await ensurePrograms(['temporal'], {
    searchPath: folder,
    cacheFolder: join(folder, 'cache'),
    onProgress: ({ phase }) => phases.push(phase),
  });

  expect(temporal).toEqual({ path, version: '1.4.0', origin: 'path' });
  expect(phases).toEqual(['searching', 'ready']);
});

test('a configured program of the wrong version is an error that says what to do', async () => {
  const configured = await aTemporal('old', '1.0.0');

  const ensuring = ensurePrograms(['temporal'], {
    configured: { temporal: configured },
    cacheFolder: folder,
  });

  await expect(ensuring).rejects.toMatchObject({ code: 'program_missing' });
  await expect(ensuring).rejects.toThrow(
    /old is version 1\.0\.0; needed is >= 1\.3[\s\S]*KILN_TEMPORAL_PATH/,
  );
});

test('where nothing may be installed, what is missing is an error, and nothing is installed', async () => {
  const cacheFolder = join(folder, 'cache');
  const phases: string[] = [];
  const ensuring = ensurePrograms(['temporal'], {
    searchPath: folder,
    cacheFolder,
    installs: false,
    onProgress: ({ phase }) => phases.push(phase),
  });

  await expect(ensuring).rejects.toMatchObject({ code: 'program_install_failed' });
  expect(phases).toEqual(['searching']);
  expect(existsSync(cacheFolder)).toBe(false);
});

test('an inspection reports every program and installs nothing', async () => {
  const reports = await inspectPrograms({ searchPath: folder, cacheFolder: join(folder, 'cache') });

  const registry = reports.find(({ program }) => program === 'registry');
  expect(registry).toMatchObject({ found: undefined, isConfigured: false, installs: 'Go (3.1.2)' });
  expect(reports.map(({ program }) => program)).toContain('buildkitd');
});
