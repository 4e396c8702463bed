import { randomUUID } from 'node:crypto';
import { oneBuildkit } from '../../src/adapters/buildkit/one-buildkit.js';
import { createStubEngine } from '../../src/engines/stub/engine.js';
import type { Engine } from '../../src/ports/engine.js';
import { compiledSource } from '../support/compiled-sources.js';
import { FakeControlPlane } from '../support/fake-control-plane.js';
import { OwnSupervisor } from '../support/own-supervisor.js';
import type { Trust } from '../../src/domain/builds/trust.js';

describe('the BuildKit of a run', () => {
  const api = new FakeControlPlane();
  const never = new AbortController().signal;
  const [tenant, another] = [randomUUID(), randomUUID()];
  /** What the engine was given, one for each plan. */
  const addresses: (string | null)[] = [];
  const cleaned: unknown[] = [];
  let own: OwnSupervisor;

  beforeAll(() => api.start());
  afterAll(() => api.stop());
  beforeEach(() => {
    addresses.splice(0);
    cleaned.splice(0);
    own = new OwnSupervisor(api);
  });
  afterEach(() => own.end());

  /** A supervisor with one BuildKit of an operator's, whose engine needs one or does not. */
  const start = (needsBuildkit: boolean): Promise<void> => {
    const stub = createStubEngine({ scriptPath: compiledSource('src/engines/stub/script.ts') });
    const engine: Engine = {
      ...(stub as unknown as Engine),
      needsBuildkit,
      plan: (input) => {
        addresses.push(input.host.buildkitAddress);
        return (stub as unknown as Engine).plan(input);
      },
    };
    return own.start(
      {},
      {
        engineFor: () => engine,
        buildkits: oneBuildkit({
          address: 'unix:///b.sock',
          buildctlPath: 'buildctl',
          isShared: false,
          stateFolder: own.folder,
        }),
        removeBuildRecords: async (run) => void cleaned.push(run),
      },
    );
  };
  const run = async (tenantId: string, trust: Trust = 'untrusted') => {
    const lease = api.grant({ tenant_id: tenantId, trust });
    const { result } = await own.client.run(lease.ref, never);
    return { result, failure: lease.outcome?.failure ?? null };
  };

  it('is that of its tenant, whose records of the run are removed', async () => {
    await start(true);
    expect(await run(tenant)).toEqual({ result: 'succeeded', failure: null });
    expect(addresses).toEqual(['unix:///b.sock']);
    expect(cleaned).toEqual([{ method: 'buildx', tenantId: tenant, trust: 'untrusted' }]);
  });

  it('is not the one that works for another tenant: the build fails and says what the operator can do', async () => {
    await start(true);
    await run(tenant);
    const { result, failure } = await run(another);
    expect(result).toBe('failed');
    expect(failure).toMatchObject({ code: 'builder_not_shared', retryable: false });
    expect(addresses).toHaveLength(1);
  });

  it('is not the one that works for untrusted builds of the same tenant, where the build is trusted', async () => {
    await start(true);
    await run(tenant);
    const { failure } = await run(tenant, 'trusted');
    expect(failure).toMatchObject({ code: 'builder_not_shared' });
  });

  it('is opened for no method that does without', async () => {
    await start(false);
    await run(tenant);
    expect(await run(another)).toMatchObject({ result: 'succeeded' });
    expect(addresses).toEqual([null, null]);
  });
});
