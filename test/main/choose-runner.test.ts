import { kanikoEngine } from '../../src/engines/kaniko/engine.js';
import { buildxEngine } from '../../src/engines/buildx/engine.js';
import { createStubEngine } from '../../src/engines/stub/engine.js';
import { chooseRunner, notForRunner } from '../../src/main/choose-runner.js';
import type { Engine } from '../../src/ports/engine.js';

const engines = { buildx: buildxEngine as Engine, kaniko: kanikoEngine as Engine };
const nowhere = 'unix:///no/such/docker.sock';

test('the runner docker offers the methods whose plans say what they reach', () => {
  expect(notForRunner({ runner: 'docker' }, engines)).toEqual(['kaniko']);
  expect(notForRunner({ runner: 'docker' }, { buildx: createStubEngine() as Engine })).toEqual([]);
  expect(notForRunner({ runner: 'local' }, engines)).toEqual([]);
});

test('a Docker engine that does not answer is named', async () => {
  const chosen = chooseRunner({ runner: 'docker', dockerHost: nowhere }, { busybox: '/bin/busybox' });
  await expect(chosen).rejects.toMatchObject({
    code: 'runner_unavailable',
    message: 'No Docker engine answers at unix:///no/such/docker.sock.',
  });
});

test('the runner docker says what it needs of the host', async () => {
  await expect(chooseRunner({ runner: 'docker', dockerHost: nowhere }, {})).rejects.toMatchObject({
    code: 'program_missing',
    message: expect.stringContaining('KILN_BUSYBOX_PATH') as unknown,
  });
});
