import { recordConfig } from '../../src/api/handlers/supervisor/record-config.js';
import type { AskedResources } from '../../src/domain/builds/resources.js';
import { FENCE, fakeLeases } from './support/fake-leases.js';

/** Says that the build file of a git source needs the zone eu-1, of a build that has asked for `resources`. */
async function record(resources: AskedResources): Promise<unknown> {
  const effects: { name: string; input: unknown }[] = [];
  const leases = fakeLeases(effects);
  const deps = {
    leases: {
      ...leases,
      gitConfig: async (...args: Parameters<typeof leases.gitConfig>) => {
        const config = await leases.gitConfig(...args);
        const request = { ...config.layers?.request, needs: resources.needs };
        return { ...config, resources, layers: { ...config.layers, request } };
      },
    },
  };
  const caller = await leases.resolveLease('lease-token');
  const body = { fence: FENCE, build_file: { version: 1, needs: { zone: 'eu-1' } } };
  const call = { caller, body } as unknown as Parameters<ReturnType<typeof recordConfig>>[0];
  await recordConfig(deps)(call);
  return effects.at(-1);
}

test('needs that come with the build file of a git source are too late, and the refusal says where they belong', async () => {
  await expect(record({})).rejects.toMatchObject({
    code: 'needs_too_late',
    message: expect.stringContaining('zone=eu-1'),
    fix: expect.stringContaining('kiln build --need'),
  });
});

test('needs that the request has named too are in time', async () => {
  expect(await record({ needs: { zone: 'eu-1' } })).toMatchObject({
    name: 'recordConfig',
    input: { resources: { needs: { zone: 'eu-1' } } },
  });
});
