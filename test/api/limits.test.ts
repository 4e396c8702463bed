import type { Limits } from '../../src/contracts/limits.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

let api: ApiUnderTest;
beforeEach(async () => {
  api = await startApi({ installationLimits: { context_max_bytes: 4096, build_timeout_seconds: 7200 } });
});
afterEach(() => api.close());

const set = (body: object, project = '') => api.send(`/v1/limits${project}`, { method: 'PATCH', body });
const inline = { source: { kind: 'inline' }, options: { dockerfile_inline: 'FROM scratch' } };
const build = (more: object = {}) =>
  api.send('/v1/projects/hello/builds', { method: 'POST', body: { ...inline, ...more } });

it('shows every limit with the place that decided it and what can be set', async () => {
  await set({ step_timeout_seconds: 1800 });
  await set({ step_timeout_seconds: 600 }, '?project=hello');

  const { project, limits } = (await (await api.send('/v1/limits?project=hello')).json()) as Limits;

  const found = (name: string) => limits.find((limit) => limit.name === name);
  expect(project).toBe('hello');
  expect(found('step_timeout_seconds')).toMatchObject({ value: 600, origin: 'project', set_here: 600 });
  expect(found('context_max_bytes')).toMatchObject({ value: 4096, origin: 'installation', most: 4096 });
  expect(found('log_head_bytes')).toMatchObject({ origin: 'built_in', set_here: null, unit: 'bytes' });
});

it('takes a limit back with null', async () => {
  await set({ step_timeout_seconds: 1800 });
  const { limits } = (await (await set({ step_timeout_seconds: null })).json()) as Limits;
  expect(limits.find(({ name }) => name === 'step_timeout_seconds')).toMatchObject({ origin: 'built_in' });
});

it('refuses more than the operator allows, and names the variable', async () => {
  const refused = await set({ context_max_bytes: 4097 });
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({
    fields: [
      {
        field: 'context_max_bytes',
        message: 'expected at most 4KiB, set for the installation by KILN_UPLOAD_MAX_BYTES of the api',
      },
    ],
  });
});

it('refuses what no limit can be, and what is no limit, by the name of the field', async () => {
  expect(await (await set({ step_timeout_seconds: 0 })).json()).toMatchObject({
    fields: [{ field: 'step_timeout_seconds', message: 'expected 1s to 1d' }],
  });
  expect((await set({ step_timeout: 5 })).status).toBe(422);
  expect((await set({})).status).toBe(422);
});

it('gives a build the limits of its project and of now', async () => {
  await set({ step_timeout_seconds: 1800, image_max_bytes: 5000 });
  await set({ step_timeout_seconds: 600 }, '?project=hello');
  expect((await build()).status).toBe(202);
  expect(api.data.accepted[0]?.limits).toMatchObject({
    step_timeout_seconds: { value: 600, origin: 'project' },
    image_max_bytes: { value: 5000, origin: 'tenant' },
  });
});

it('refuses a timeout above the limit and says how to raise it', async () => {
  await set({ build_timeout_seconds: 1800 }, '?project=hello');
  const refused = await build({ timeout_seconds: 3600 });
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({
    fields: [
      {
        field: 'timeout_seconds',
        message:
          '1h is more than the limit build_timeout_seconds (30m, set for the project). Ask for less. Raise it: kiln limits set --project hello build_timeout_seconds=VALUE',
      },
    ],
  });
});

it('gives a build that asks for no time an hour, or less where the limit is less', async () => {
  await build();
  await set({ build_timeout_seconds: 1800 });
  await build();
  expect(api.data.accepted.map(({ buildTimeoutMs }) => buildTimeoutMs)).toEqual([3_600_000, 1_800_000]);
});

it('shows and changes how the queue of the tenant works, which no project has of its own', async () => {
  const changed = (await (await set({ max_concurrent_builds: 2, on_limit: 'reject' })).json()) as Limits;
  expect(changed.queue).toMatchObject({ max_concurrent_builds: 2, on_limit: 'reject', weight: 1 });
  const back = (await (await set({ on_limit: null })).json()) as Limits;
  expect(back.queue).toMatchObject({ max_concurrent_builds: 2, on_limit: 'queue' });

  const ofProject = await set({ max_concurrent_builds: 1 }, '?project=hello');
  expect(await ofProject.json()).toMatchObject({
    fields: [
      { field: 'max_concurrent_builds', message: 'is a setting of the whole tenant: leave the project out' },
    ],
  });
  expect(((await (await api.send('/v1/limits?project=hello')).json()) as Limits).queue).toBeNull();
});

it('lets no tenant set its own weight', async () => {
  expect((await set({ weight: 9 })).status).toBe(422);
});

it('gives a tenant its weight for an operator, and for nobody else', async () => {
  const give = { method: 'PUT', body: { weight: 3 } };
  expect(await (await api.send('/v1/limits/weights/default', give)).json()).toEqual({
    items: [{ tenant: 'default', weight: 3 }],
  });
  expect((await api.send('/v1/limits/weights/nobody', give)).status).toBe(404);
  await api.close();
  api = await startApi({ operatorTenants: ['ops'] });
  expect((await api.send('/v1/limits/weights/default', give)).status).toBe(403);
  expect((await api.send('/v1/limits/weights')).status).toBe(403);
});
