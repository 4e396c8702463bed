import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { launch } from '../../../src/embedded/services/launch-process.js';
import { bucketEnvironment, serviceEnvironment } from '../../../src/embedded/services/service-environment.js';
import { openServiceLog } from '../../../src/embedded/services/service-log.js';

test('places, language, proxies and certificates are passed on, and nothing else is', () => {
  const passed = {
    PATH: '/bin',
    HOME: '/home/a',
    LC_ALL: 'C',
    XDG_RUNTIME_DIR: '/run/user/1',
    HTTPS_PROXY: 'http://proxy:1',
    no_proxy: 'localhost',
    NODE_EXTRA_CA_CERTS: '/ca.pem',
  };
  const kept = {
    KILN_DATABASE_URL: 'postgres://a:b@c/d',
    AWS_SECRET_ACCESS_KEY: 'x',
    NODE_OPTIONS: '--inspect',
    PGDATA: '/elsewhere',
    MY_PATH: '/bin',
  };

  expect(serviceEnvironment({ ...passed, ...kept })).toEqual(passed);
});

test('a service is started with what may be passed on and with its own settings', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-environment-'));
  process.env['KILN_DATABASE_URL'] = 'postgres://exported';

  const log = openServiceLog(folder, 'printer');
  const { exited } = await launch(
    'printer',
    { file: '/usr/bin/env', args: [], env: { KILN_DATABASE_URL_FILE: '/secret' } },
    log,
  );
  await exited;

  delete process.env['KILN_DATABASE_URL'];
  const names = (await readFile(log.path, 'utf8')).split('\n').map((line) => line.split('=')[0]);
  expect(names).toContain('PATH');
  expect(names).toContain('KILN_DATABASE_URL_FILE');
  expect(names).not.toContain('KILN_DATABASE_URL');
  await rm(folder, { recursive: true, force: true });
});

test('the credentials of a bucket reach api and controller, and only where there is a bucket', () => {
  const environment = { AWS_SECRET_ACCESS_KEY: 's', AWS_PROFILE: 'kiln', HOME: '/root' };
  const settings = { KILN_BLOBS_URL: 's3://bucket?region=eu-central-1' };
  const passed = { AWS_SECRET_ACCESS_KEY: 's', AWS_PROFILE: 'kiln' };
  for (const name of ['api', 'controller'])
    expect(bucketEnvironment(name, settings, environment)).toEqual(passed);
  for (const name of ['supervisor', 'worker'])
    expect(bucketEnvironment(name, settings, environment)).toEqual({});
  expect(bucketEnvironment('api', {}, environment)).toEqual({});
});
