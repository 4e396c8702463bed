import { recordConfig } from '../../src/api/handlers/supervisor/record-config.js';
import { FENCE, fakeLeases } from './support/fake-leases.js';

test.each([true, false])(
  'the secrets that a build file names are left out of a build without secrets: %s',
  async (withoutSecrets) => {
    const effects: { name: string; input: unknown }[] = [];
    const leases = fakeLeases(effects);
    const gitConfig = async (...args: Parameters<typeof leases.gitConfig>) => ({
      ...(await leases.gitConfig(...args)),
      withoutSecrets,
    });
    const caller = await leases.resolveLease('lease-token');
    const body = {
      fence: FENCE,
      build_file: { version: 1, secrets: [{ id: 'npm-token', name: 'npm-token' }] },
    };
    const call = { caller, body } as unknown as Parameters<ReturnType<typeof recordConfig>>[0];

    await recordConfig({ leases: { ...leases, gitConfig } })(call);

    const input = effects.at(-1)?.input as { options: object };
    expect('secrets' in input.options).toBe(!withoutSecrets);
  },
);
