import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkRunner } from '../../src/embedded/doctor/runner.js';
import { startFakeDocker } from '../support/fake-docker.js';
import { checkEmulators } from '../../src/embedded/doctor/emulators.js';
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
  expect(rows.find(({ name }) => name === 'disk')?.version).toMatch(/^\d+\.\d [GT]B free$/);
});

test('an emulator counts when it is on and was opened at its registration', async () => {
  expect(await checkEmulators(folder)).toMatchObject({
    version: 'none',
    remedy: expect.stringMatching(/qemu-user-static/),
  });
  const entry = (state: string, flags: string) => `${state}\ninterpreter /usr/bin/qemu\nflags: ${flags}\n`;
  await writeFile(join(folder, 'qemu-aarch64'), entry('enabled', 'POCF'));
  await writeFile(join(folder, 'qemu-arm'), entry('disabled', 'POCF'));
  expect(await checkEmulators(folder)).toMatchObject({ version: 'aarch64', remedy: '' });
  await writeFile(join(folder, 'qemu-riscv64'), entry('enabled', 'P'));
  expect(await checkEmulators(folder)).toMatchObject({
    version: 'aarch64',
    remedy: expect.stringMatching(/^qemu-riscv64 cannot/),
  });
});

/** A program that prints a text whatever it is asked. */
async function aProgram(name: string, printed: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\necho '${printed}'\n`, { mode: 0o755 });
  return path;
}

test.each([
  ['git version 2.37.0', { status: 'ok', version: '2.37.0', remedy: '' }],
  ['git version 2.36.6', { status: 'warn', version: '2.36.6', remedy: expect.stringContaining('2.37') }],
  ['no git', { status: 'warn', version: '', remedy: expect.stringContaining('KILN_GIT_PATH') }],
])('git is examined: %s', async (printed, expected) => {
  const gitPath = await aProgram('git', printed);

  const rows = await examineInstallation({ stateFolder: folder, cacheFolder: folder, gitPath });

  expect(rows.find(({ name }) => name === 'git')).toMatchObject({ ...expected, path: gitPath });
});

test('ssh is examined: a machine without it is told what does not work', async () => {
  const rows = await examineInstallation({
    ...{ stateFolder: folder, cacheFolder: folder },
    sshPath: join(folder, 'none'),
  });

  expect(rows.find(({ name }) => name === 'ssh')).toMatchObject({
    status: 'warn',
    remedy: expect.stringContaining('openssh-client'),
  });
});

test('a runner docker is missing where no engine answers, and the runner local has nothing to check', async () => {
  const address = 'unix:///no/such/docker.sock';
  expect(await checkRunner({ KILN_RUNNER: 'docker', KILN_DOCKER_HOST: address })).toMatchObject({
    ...{ name: 'runner', status: 'missing', version: 'docker', path: address },
    remedy: expect.stringContaining('KILN_DOCKER_HOST'),
  });
  expect(await checkRunner({})).toMatchObject({ name: 'runner', status: 'ok', version: 'local', remedy: '' });
});

test('a runner docker with an engine is told by version, and which methods depend on what the engine allows', async () => {
  const docker = await startFakeDocker({ '/version': { status: 200, body: { Version: '28.0' } } });
  const row = await checkRunner({ KILN_RUNNER: 'docker', KILN_DOCKER_HOST: docker.address });
  docker.stop();
  expect(row).toMatchObject({ status: 'ok', version: 'docker 28.0', path: docker.address });
  expect(row.remedy).toContain('container, kaniko, packer, paketo only if the engine');
});
