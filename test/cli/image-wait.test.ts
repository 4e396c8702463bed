import { expect, it } from 'vitest';
import { IMAGE_DETAIL } from '../../src/contracts/examples/images.js';
import { json, startFakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

it('says on stderr that it waits and for what, and ends by itself', async () => {
  const api = await startFakeApi();
  const exploration = { ...IMAGE_DETAIL.exploration, state: 'pending', ended_at: null };
  api.on('GET /v1/images/*', (_request, response) => json(response, 200, { ...IMAGE_DETAIL, exploration }));
  const argv = ['layers', IMAGE_DETAIL.manifest_digest, '--wait', '--timeout', '1'];
  const { stderr, exitCode } = await runKiln(argv, { apiUrl: api.url });
  await api.close();
  expect(exitCode).toBe(4);
  expect(
    stderr.match(/Waiting for the layers of sha256:\S+ \(\S+ so far\): .* asks a registry/g),
  ).toHaveLength(1);
  expect(stderr).toMatch(/has not looked into the layers of sha256:\S+ within 1/);
});

it.each([
  ['scan', /has not scanned sha256:\S+ within 1.*--timeout gives it more time/s],
  ['sbom', /has not made the bill of materials of sha256:\S+ within 1.*--timeout/s],
] as const)('%s --wait ends by itself, and says why and what to do', async (command, said) => {
  const api = await startFakeApi();
  const pending = { ...IMAGE_DETAIL[command], state: 'pending' };
  api.on('GET /v1/images/*', (_request, response) =>
    json(response, 200, { ...IMAGE_DETAIL, [command]: pending }),
  );
  const argv = [command, IMAGE_DETAIL.manifest_digest, '--wait', '--timeout', '1'];
  const { stderr, exitCode } = await runKiln(argv, { apiUrl: api.url });
  await api.close();
  expect(exitCode).toBe(4);
  expect(stderr).toMatch(said);
});

it.each([
  ['layers', 'sha256:abc'],
  ['diff', 'sha256:1', 'sha256:2'],
  ['layers', 'r/app@sha256:'],
])('says of %s %s that a digest needs seven digits', async (...argv) => {
  const { stderr, exitCode } = await runKiln(argv, { apiUrl: 'http://127.0.0.1:9' });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('at least 7 hexadecimal digits');
});
