import { kanikoEngine } from '../../src/engines/kaniko/engine.js';
import { buildxEngine } from '../../src/engines/buildx/engine.js';
import { chooseRunner, notForRunner } from '../../src/main/choose-runner.js';
import type { Engine } from '../../src/ports/engine.js';

const engines = { buildx: buildxEngine as Engine, kaniko: kanikoEngine as Engine };
const nowhere = 'unix:///no/such/docker.sock';
const docker = { runner: 'docker' } as const;

test('the runner docker offers the methods whose plans say what they reach', () => {
  expect(notForRunner(docker, {}, engines)).toEqual([]);
  const { reachOf: _, ...silent } = kanikoEngine;
  expect(notForRunner(docker, {}, { ...engines, kaniko: silent as Engine })).toEqual([
    { method: 'kaniko', reason: expect.stringContaining('does not say') as unknown },
  ]);
});

test('where the engine lets no container start others, the methods that do are left out, and why', () => {
  const runner = { nestingTrouble: 'exit code 1' };
  expect(notForRunner(docker, runner, engines)).toEqual([
    { method: 'kaniko', reason: expect.stringMatching(/starts containers itself.*exit code 1/) as unknown },
  ]);
  expect(notForRunner({ runner: 'local' }, runner, engines)).toEqual([]);
});

test('a Docker engine that does not answer is named', async () => {
  const chosen = chooseRunner(
    { ...docker, dockerHost: nowhere, stateDir: '/no/such' },
    { busybox: '/bin/busybox' },
  );
  await expect(chosen).rejects.toMatchObject({
    code: 'runner_unavailable',
    message: 'No Docker engine answers at unix:///no/such/docker.sock.',
  });
});

test('the runner docker says what it needs of the host', async () => {
  await expect(
    chooseRunner({ ...docker, dockerHost: nowhere, stateDir: '/no/such' }, {}),
  ).rejects.toMatchObject({
    code: 'program_missing',
    message: expect.stringContaining('KILN_BUSYBOX_PATH') as unknown,
  });
});
