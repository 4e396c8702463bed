import { expect, test } from 'vitest';
import { recordRegistries } from '../../src/api/handlers/supervisor/record-registries.js';
import type { ApiDeps } from '../../src/api/deps.js';
import type { RunSpec } from '../../src/ports/dispatch.js';
import { aContext } from './support/a-context.js';
import { FENCE, fakeLeases } from './support/fake-leases.js';
import { TENANT } from './support/records.js';

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** Says for a run of this kind that its source names the registries; gives what was recorded. */
async function record(
  run: Partial<RunSpec>,
  registries: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const effects: { name: string; input: unknown }[] = [];
  const leases = fakeLeases(effects);
  const holder = await leases.resolveLease('lease-token');
  const context = aContext(files);
  const stored = new Map([...context.contents, [context.sha256, context.list]]);
  const deps = {
    leases: {
      ...leases,
      run: async (...args: Parameters<typeof leases.run>) => ({
        ...(await leases.run(...args)),
        ...(files['Dockerfile'] !== undefined && {
          context: { sha256: context.sha256, size_bytes: 1 },
        }),
        ...run,
      }),
    },
    files: { open: (_: string, sha256: string) => Promise.resolve(once(stored.get(sha256)!)) },
  } as unknown as Pick<ApiDeps, 'leases' | 'contents' | 'files'>;
  const call = { caller: { ...holder!, tenantId: TENANT.tenantId }, body: { fence: FENCE, registries } };
  await recordRegistries(deps)(call as unknown as Parameters<ReturnType<typeof recordRegistries>>[0]);
  return effects.at(-1);
}

const BASE = 'ARG HOST=base.example\nFROM ${HOST}/app:$TARGETARCH';

test('an inline Dockerfile is read by the api itself: what it names is recorded, anything else refused', async () => {
  const options = { dockerfile_inline: BASE };
  expect(await record({ options }, ['Base.Example:443'])).toEqual({
    name: 'recordRegistries',
    input: ['base.example'],
  });
  const foreign = record({ options }, ['base.example', 'foreign.example']);
  await expect(foreign).rejects.toMatchObject({ code: 'forbidden' });
  const given = { ...options, build_args: { HOST: 'given.example' } };
  await expect(record({ options: given }, ['base.example'])).rejects.toMatchObject({ code: 'forbidden' });
});

test('so is the Dockerfile of an upload', async () => {
  const files = { Dockerfile: BASE };
  expect(await record({}, ['base.example'], files)).toMatchObject({ input: ['base.example'] });
  await expect(record({}, ['foreign.example'], files)).rejects.toMatchObject({ code: 'forbidden' });
});

test('of a git source the word of its supervisor is recorded', async () => {
  const source = { kind: 'git', url: 'https://git.example/app', ref: 'main' } as unknown as RunSpec['source'];
  expect(await record({ source }, ['any.example'])).toMatchObject({ input: ['any.example'] });
});
