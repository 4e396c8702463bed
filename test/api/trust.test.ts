import type { Problem } from '../../src/contracts/problem.js';
import type { Trust } from '../../src/domain/builds/trust.js';
import { fakeProjects } from './support/fake-stores.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

let api: ApiUnderTest;
let trust: Trust;
let slug: string;
beforeEach(async () => {
  [trust, slug] = ['untrusted', 'default'];
  const projects = fakeProjects();
  api = await startApi({
    projects: {
      ...projects,
      get: async (tenant, name) => ({ ...(await projects.get(tenant, name)), trust }),
      tenantSlug: () => Promise.resolve(slug),
    },
  });
});
afterEach(() => api.close());

const set = (body: object, token?: string) =>
  api.send('/v1/projects/hello', { method: 'PATCH', body, ...(token !== undefined && { token }) });
const build = (body: object) => api.send('/v1/projects/hello/builds', { method: 'POST', body });
const inline = (dockerfile: string, more: object = {}) =>
  build({ source: { kind: 'inline' }, options: { dockerfile_inline: dockerfile }, ...more });
const problemOf = async (response: Response) => (await response.json()) as Problem;

describe('who may trust a project', () => {
  it('is whoever holds a token of a tenant that the operator names', async () => {
    const answer = await set({ trust: 'trusted' });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      expect.objectContaining({ trust: 'trusted' }),
    ]);
  });

  it('is nobody of another tenant, when the project is made as little as later, and the answer says what decides', async () => {
    slug = 'other';
    const made = api.send('/v1/projects', { method: 'POST', body: { slug: 'mine', trust: 'trusted' } });
    for (const answer of [await set({ trust: 'trusted' }), await made]) {
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({
        code: 'forbidden',
        fields: [{ field: 'trust', message: expect.stringContaining('KILN_TRUST_TENANTS') }],
      });
    }
  });

  it('may take it back from there, too', async () => {
    slug = 'other';
    expect((await set({ trust: 'untrusted' })).status).toBe(200);
  });

  it.each(['worker-token', 'lease-token', 'nonsense'])('is no build and no host: %s', async (token) => {
    expect((await set({ trust: 'trusted' }, token)).status).toBe(401);
  });

  it('is no request for a build and no build file', async () => {
    expect((await inline('FROM scratch', { trust: 'trusted' })).status).toBe(422);
    const file = { name: 'kiln.yaml', content: { version: 1, trust: 'trusted' } };
    expect((await inline('FROM scratch', { build_file: file })).status).toBe(422);
    expect((await set({ defaults: { trust: 'trusted' } })).status).toBe(422);
  });
});

describe('a build of an untrusted project', () => {
  it('by kaniko is refused before it waits for a slot, with what helps', async () => {
    const answer = await inline('FROM scratch', { method: 'kaniko' });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      code: 'trust_required',
      fields: [{ field: 'method', message: 'the method kaniko is for trusted code only' }],
      fix: expect.stringContaining('kiln projects set hello --trust trusted'),
    });
    expect(api.data.accepted).toEqual([]);
  });

  it('is told of the step that asks for the network of the host', async () => {
    const { code, fields } = await problemOf(await inline('FROM a\nRUN --network=host make\n'));
    expect(code).toBe('dockerfile_invalid');
    expect(fields?.[0]?.message).toMatch(/^line 2, column 5: RUN --network=host: .*trusted code only/);
    expect(fields?.[0]?.message).toContain('kiln projects set hello --trust trusted');
    expect(fields?.[0]?.message).toContain('KILN_HOST_NETWORK=true');
    expect(api.data.accepted).toEqual([]);
  });

  it('is told of both conditions where no host gives its network either, and of each once', async () => {
    const { code, detail, fix } = await problemOf(
      await inline('FROM scratch', { resources: { network: 'host' } }),
    );
    expect(code).toBe('network_not_offered');
    for (const remedy of ['KILN_HOST_NETWORK=true', 'kiln projects set hello --trust trusted'])
      expect(`${detail} ${fix}`.split(remedy)).toHaveLength(2);
  });

  it.each([{ method: 'kaniko' }, { resources: { network: 'host' } }])(
    'is told once what helps: %j',
    async (asked) => {
      api.data.networks = ['none', 'host'];
      const { code, detail, fix } = await problemOf(await inline('FROM scratch', asked));
      expect(code).toBe('trust_required');
      expect(`${detail} ${fix}`.split('--trust trusted')).toHaveLength(2);
    },
  );

  it('records its trust', async () => {
    expect((await inline('FROM scratch')).status).toBe(202);
    expect(api.data.accepted[0]?.trust).toBe('untrusted');
  });
});

describe('a build of a trusted project', () => {
  beforeEach(() => {
    trust = 'trusted';
  });

  it('may be built by kaniko, and records its trust', async () => {
    expect((await inline('FROM scratch', { method: 'kaniko' })).status).toBe(202);
    expect(api.data.accepted[0]?.trust).toBe('trusted');
  });

  it('is refused the network of the host where no host gives it, with what its operator can do', async () => {
    const answer = await inline('FROM scratch', { resources: { network: 'host' } });
    expect(await answer.json()).toMatchObject({
      code: 'network_not_offered',
      fields: [{ field: 'resources.network', message: expect.stringContaining('KILN_HOST_NETWORK=true') }],
    });
    const { fields } = await problemOf(await inline('FROM a\nRUN --network=host make\n'));
    expect(fields?.[0]?.message).toContain('KILN_HOST_NETWORK=true');
  });

  it('is refused rights beyond those of a container all the same', async () => {
    const { fields } = await problemOf(await inline('FROM a\nRUN --security=insecure mount\n'));
    expect(fields?.[0]?.message).toMatch(/^line 2, column 5: .*--security=insecure is not offered/);
  });
});

describe('where a host gives its network', () => {
  beforeEach(() => {
    api.data.networks = ['none', 'egress', 'host'];
  });

  it('a trusted project gets it, for all steps or for those that ask', async () => {
    trust = 'trusted';
    const hostStep = 'FROM a\nRUN --network=host make\n';
    expect((await inline('FROM a\nRUN make\n', { resources: { network: 'host' } })).status).toBe(202);
    expect((await inline(hostStep)).status).toBe(202);
    expect((await inline(hostStep, { resources: { network: 'host' } })).status).toBe(202);
  });

  it.each(['none', 'egress'])('a build that names %s gets it for no step', async (network) => {
    trust = 'trusted';
    const answer = await inline('FROM a\nRUN --network=host make\n', { resources: { network } });
    expect((await problemOf(answer)).fields?.[0]?.message).toContain(`the network "${network}"`);
  });

  it('a method whose steps have one network gets it for all of them only', async () => {
    trust = 'trusted';
    const text = 'FROM a\nRUN --network=host make\n';
    const { fields } = await problemOf(await inline(text, { method: 'container' }));
    expect(fields?.[0]?.message).toContain('set resources.network to host');
    const all = await inline(text, { method: 'container', resources: { network: 'host' } });
    expect(all.status).toBe(202);
  });

  it('an untrusted project does not, with what helps', async () => {
    const answer = await inline('FROM a\nRUN make\n', { resources: { network: 'host' } });
    expect(await answer.json()).toMatchObject({
      code: 'trust_required',
      fields: [{ field: 'resources.network', message: expect.stringContaining('trusted code only') }],
      fix: expect.stringContaining('kiln projects set hello --trust trusted'),
    });
    expect(api.data.accepted).toEqual([]);
  });
});

it('a network that a method does not give its steps is refused by its name, with those that it does', async () => {
  const answer = await inline('FROM scratch', { method: 'container', resources: { network: 'egress' } });
  expect(await answer.json()).toMatchObject({
    code: 'invalid_request',
    fields: [
      { field: 'resources.network', message: expect.stringMatching(/container.*none, default, host/) },
    ],
  });
});
