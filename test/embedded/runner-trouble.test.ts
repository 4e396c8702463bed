import { tellRunnerTrouble } from '../../src/embedded/runner-trouble.js';
import { startFakeDocker, type FakeDocker } from '../support/fake-docker.js';

let docker: FakeDocker;
const said: string[] = [];
beforeAll(async () => {
  docker = await startFakeDocker({
    '/info': { status: 200, body: { CgroupDriver: 'cgroupfs', NCPU: 2 } },
    '/images/create': { status: 200, body: {} },
    '/containers/create': { status: 201, body: {} },
    '/containers/.+/wait': { status: 200, body: { StatusCode: 0 } },
  });
});
afterAll(() => docker.stop());
beforeEach(() => void said.splice(0));
const tell = (settings: Record<string, string>): Promise<void> =>
  tellRunnerTrouble({ KILN_DOCKER_HOST: docker.address, ...settings }, '/bin/busybox', (text) =>
    said.push(text),
  );

test('methods that the engine does not allow are told with what it says, and only with the runner docker', async () => {
  docker.answers['/containers/.+/start'] = { status: 500, body: { message: 'unable to apply caps' } };
  await tell({ KILN_RUNNER: 'docker' });
  expect(said).toEqual([
    expect.stringMatching(/^The methods container, kaniko, packer, paketo are not offered: .*apply caps/),
  ]);
  await tell({ KILN_RUNNER: 'local' });
  expect(said).toHaveLength(1);
});

test('an engine that allows them is no news, nor is one that cannot be had', async () => {
  docker.answers['/containers/.+/start'] = { status: 204, body: null };
  await tell({ KILN_RUNNER: 'docker' });
  await tell({ KILN_RUNNER: 'docker', KILN_DOCKER_HOST: 'unix:///no/such/docker.sock' });
  expect(said).toEqual([]);
});
