import { createRegistryProbe } from '../../../src/adapters/registry/probe.js';

const none = () => Promise.resolve(null);
const firstStep = async (host: string, ownHost: string | null = null) => {
  const [step] = await createRegistryProbe({ ownHost })({ host, path: null }, none);
  return step;
};

test('a registry on this machine without its port is told to have one, not to open the loopback interface', async () => {
  expect(await firstStep('127.0.0.1', '127.0.0.1:5391')).toMatchObject({
    status: 'failed',
    remedy: 'Name its port, as in 127.0.0.1:5391.',
  });
  expect(await firstStep('127.0.0.1', 'registry.example.com/team')).toMatchObject({
    remedy: 'Name its port, as in 127.0.0.1:5000.',
  });
});

test.each(['127.0.0.1:9', '10.0.0.1'])('a closed address stays one: %s', async (host) => {
  expect(await firstStep(host)).toMatchObject({ remedy: expect.stringContaining('KILN_ALLOWED_NETWORKS') });
});
