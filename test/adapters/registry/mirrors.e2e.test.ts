import { createRegistryProbe } from '../../../src/adapters/registry/probe.js';
import { parseNetwork } from '../../../src/domain/network/cidr.js';
import { freePort, startRegistry, type RealRegistry } from '../../support/real-registry.js';
import { pushImage } from './an-image.js';

describe('a registry with a pull-through mirror', () => {
  const loopback = ['127.0.0.0/8'].flatMap((text) => parseNetwork(text) ?? []);
  let origin: RealRegistry;
  let cache: RealRegistry;

  beforeAll(async () => {
    origin = await startRegistry();
    cache = await startRegistry({ proxyOf: origin.host });
    await pushImage(origin.host, 'team/app', 'latest');
  }, 300_000);
  afterAll(() => {
    origin.stop();
    cache.stop();
  });

  /** What is said of reading team/app of the origin, with these mirrors. */
  async function reading(
    mirrors: readonly string[],
    path = 'team/app',
    allowedNetworks = loopback,
  ): Promise<string | undefined> {
    const probe = createRegistryProbe({
      mirrors: mirrors.map((mirror) => ({ registry: origin.host, mirror })),
      insecureHosts: [origin.host],
      allowedNetworks,
    });
    const steps = await probe({ host: origin.host, path }, () => Promise.resolve(null));
    return steps.find(({ step }) => step === 'pull')?.message;
  }

  test('is read from the mirror', async () => {
    expect(await reading([cache.host])).toContain(`which the mirror ${cache.host} serves`);
  });

  test('is read itself where a mirror does not answer, or does not have it', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    expect(await reading([nobody])).toBe('allowed; there is an image under latest');
    expect(await reading([`${cache.host}/elsewhere`])).toBe('allowed; there is an image under latest');
    expect(await reading([nobody, cache.host])).toContain(cache.host);
    expect(await reading([cache.host], 'team/nothing')).toBe('allowed; nothing is there under latest');
  });

  test('is read itself where the mirror lies in a network that is not permitted', async () => {
    expect(await reading([cache.host], 'team/app', [])).toBe('allowed; there is an image under latest');
  });
});
