import { openDockerHost } from '../../../src/runners/docker/docker-host.js';
import { startFakeDocker, type FakeDocker } from '../../support/fake-docker.js';

let docker: FakeDocker;
const INFO = { CgroupDriver: 'cgroupfs', NCPU: 2, SecurityOptions: ['name=seccomp,profile=default'] };
const answering = (info: object): void => {
  docker.answers = {
    '/info': { status: 200, body: info },
    '/images/create': { status: 200, body: {} },
  };
};

beforeAll(async () => {
  docker = await startFakeDocker();
});
afterAll(() => docker.stop());
beforeEach(() => answering(INFO));
const open = () => openDockerHost({ address: docker.address, busybox: '/bin/busybox' });

test('an engine that makes control groups by path is told where', async () => {
  expect(await open()).toMatchObject({ takesGroupPath: true, cpus: 2 });
  answering({ ...INFO, CgroupDriver: 'systemd' });
  expect(await open()).toMatchObject({ takesGroupPath: false });
});

test.each(['name=rootless', 'name=userns'])('an engine with %s is refused, and why', async (option) => {
  answering({ ...INFO, SecurityOptions: [option] });
  await expect(open()).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('KILN_DOCKER_HOST') as unknown,
  });
});

test('an engine that refuses what it is asked is quoted in the detail', async () => {
  docker.answers['/images/create'] = { status: 500, body: { message: 'no space left' } };
  await expect(open()).rejects.toMatchObject({ code: 'runner_unavailable', detail: '500: no space left' });
});
