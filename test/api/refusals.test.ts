import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTransport } from '../../src/adapters/registry/transport.js';
import { Problem } from '../../src/contracts/problem.js';
import { BUILD_ID, UPLOAD_ID } from './support/records.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi({ checkRegistryHost: openTransport().judge });
});
afterAll(() => api.close());

const BUILDS = '/v1/projects/hello/builds';
const inline = { source: { kind: 'inline' }, options: { dockerfile_inline: 'FROM scratch' } };

async function problem(response: Response): Promise<Problem> {
  return Problem.parse(await response.json());
}

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  return api.send(BUILDS, { method: 'POST', body, headers });
}

it.each(['', '{', '[1,', 'null', '"text"', '{"a":1}{', '\u0000'])(
  'answers invalid_json to the body %j',
  async (body) => {
    expect(await problem(await post(body))).toMatchObject({ status: 400, code: 'invalid_json' });
  },
);

it.each(['gzip', 'deflate', 'br'])('answers invalid_json to a body that is no %s', async (encoding) => {
  const response = await post('{"slug":"ab"}', { 'content-encoding': encoding });
  expect(await problem(response)).toMatchObject({ status: 400, code: 'invalid_json' });
});

it('answers invalid_json to another content type', async () => {
  const response = await post('a=1', { 'content-type': 'application/x-www-form-urlencoded' });
  expect(await problem(response)).toMatchObject({ status: 400, code: 'invalid_json' });
});

it('refuses a body nested 100,000 deep without harm', async () => {
  const tower = `{"options":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  expect(await problem(await post(tower))).toMatchObject({ status: 422, code: 'invalid_request' });
});

it('does not take brackets in texts for nesting', async () => {
  const body = { ...inline, git: { message: '[{"\\'.repeat(200) } };
  expect((await post(JSON.stringify(body))).status).toBe(202);
});

it.each([
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"source":{"kind":"inline"},"options":{"dockerfile_inline":"FROM scratch","__proto__":{"admin":true}}}',
])('refuses or ignores prototype pollution by %s', async (body) => {
  expect((await post(body)).status).toBe(422);
  expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
});

it('answers 413 to a JSON body of more than 1 MiB, without the remedy of an upload', async () => {
  const response = await post(JSON.stringify({ padding: 'x'.repeat(1024 * 1024) }));
  const refused = await problem(response);
  expect(refused).toMatchObject({ status: 413, code: 'json_too_large' });
  expect(refused.fix).not.toMatch(/dockerignore|KILN_UPLOAD/);
});

it('names every wrong field with its path', async () => {
  const response = await post(
    JSON.stringify({
      source: { kind: 'upload', upload_id: UPLOAD_ID, more: 1 },
      options: { dokerfile: 'x', build_args: { A: 1 } },
      destinations: ['localhost:5000/a:1', 'no tag', 'localhost:5000/b'],
      priority: 1000,
    }),
  );
  const names = (await problem(response)).fields.map(({ field }) => field);
  expect(names.sort()).toEqual(
    [
      'destinations.1',
      'destinations.2',
      'options.build_args.A',
      'options.dokerfile',
      'priority',
      'source.more',
    ].sort(),
  );
});

it('names the methods that exist when the method is unknown', async () => {
  const { fields } = await problem(await post(JSON.stringify({ ...inline, method: 'bakery' })));
  expect(fields).toEqual([{ field: 'method', message: expect.stringContaining('buildx') as unknown }]);
});

it.each([
  ['/v1/builds?method=bakery', 'method', 'buildx'],
  ['/v1/builds?gate=bogus', 'gate', 'withdrawn'],
  ['/v1/builds?status=bogus', 'status', 'queued'],
  ['/v1/builds?what_ifs=bogus', 'what_ifs', 'without'],
  ['/v1/queue?method=bakery', 'method', 'buildx'],
])('refuses the filter of %s with what is allowed', async (path, field, allowed) => {
  const { status, fields } = await problem(await api.send(path));
  expect(status).toBe(422);
  expect(fields).toEqual([{ field, message: expect.stringContaining(allowed) as unknown }]);
});

it('answers 404 to an unknown path and a malformed id alike', async () => {
  for (const path of ['/v1/nothing', '/v1/builds/1', '/v1/builds/%00', '/v1/builds/%E0%A4%A']) {
    expect(await problem(await api.send(path))).toMatchObject({ status: 404, code: 'not_found' });
  }
});

it('answers 405 with the methods that a path takes', async () => {
  const response = await api.send(`/v1/builds/${BUILD_ID}`, { method: 'DELETE' });
  expect(await problem(response)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  expect(response.headers.get('allow')).toBe('GET, HEAD');
});

it('refuses repeated and unknown query fields', async () => {
  const { fields } = await problem(await api.send('/v1/builds?limit=1&limit=2&__proto__=x&a[b]=c'));
  expect(fields.map(({ field }) => field).sort()).toEqual(['__proto__', 'a[b]', 'limit']);
});

it('keeps a harmless x-request-id and replaces any other', async () => {
  const kept = await api.send('/healthz', { headers: { 'x-request-id': 'abc-12345' } });
  const replaced = await api.send('/healthz', { headers: { 'x-request-id': '<script>alert(1)</script>' } });
  expect(kept.headers.get('x-request-id')).toBe('abc-12345');
  expect(replaced.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

it.each([
  ['cache_to', { cache_to: '127.0.0.1:1/x:y' }],
  ['cache_from', { cache_from: ['a.example/x:y', '10.0.0.1/x:y'] }],
  ['cache_repo', { method: 'kaniko', cache_repo: '[::1]:5000/x' }],
  ['base_images', { method: 'packer', base_images: ['192.168.0.1/x'] }],
])('refuses %s on a registry whose address lies in a closed network, by its name', async (name, given) => {
  const before = api.data.accepted.length;
  const { method, ...options } = { method: 'buildx', ...given };
  const body = {
    method,
    source: inline.source,
    options: { ...(method !== 'packer' && inline.options), ...options },
  };
  const answer = await problem(await api.send(BUILDS, { method: 'POST', body }));
  expect(answer).toMatchObject({ status: 403, code: 'host_not_allowed' });
  expect(answer.fields.map(({ field }) => field)).toEqual([`options.${name}`]);
  expect(answer.detail).toMatch(new RegExp(`^${name}: The host `));
  expect(api.data.accepted).toHaveLength(before);
});

it('refuses a destination whose address lies in a closed network, also before the build is sent', async () => {
  const body = { ...inline, destinations: ['127.0.0.1:5999/app:1'] };
  const answer = await problem(await api.send(BUILDS, { method: 'POST', body }));
  expect(answer).toMatchObject({
    status: 403,
    code: 'host_not_allowed',
    fields: [{ field: 'destinations' }],
  });
  const judge = (...registries: string[]) =>
    api.send('/v1/registry-judgements', { method: 'POST', body: { registries } });
  expect((await problem(await judge('a.example', '127.0.0.1:5999'))).detail).toContain('127.0.0.1');
  expect((await judge('a.example', 'b.example:5000')).status).toBe(204);
});
