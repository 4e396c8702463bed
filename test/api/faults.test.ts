import { afterEach, expect, it } from 'vitest';
import { Problem } from '../../src/contracts/problem.js';
import { KilnError } from '../../src/domain/errors.js';
import { aWorld, fakeBuilds } from './support/fake-stores.js';
import { aBuild, BUILD_ID } from './support/records.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

let api: ApiUnderTest;
afterEach(() => api.close());

async function problem(response: Response): Promise<Problem> {
  return Problem.parse(await response.json());
}

it('never sends a response that its schema does not describe, and reports what was wrong', async () => {
  const lie = { ...aBuild(), password: 'hunter2', status: 'exploded' };
  api = await startApi({ builds: { ...fakeBuilds(aWorld()), get: () => Promise.resolve(lie as never) } });
  const response = await api.send(`/v1/builds/${BUILD_ID}`);
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(text).not.toMatch(/hunter2|exploded/);
  const { event } = api.events.find(({ name }) => name === 'requestFailed') as unknown as {
    event: { detail: string };
  };
  expect(event.detail).toMatch(/getBuild.*status.*password/s);
});

it('answers internal to an unknown error without its text, and reports the error', async () => {
  const fault = new TypeError('secret in /etc/passwd');
  api = await startApi({ builds: { ...fakeBuilds(aWorld()), get: () => Promise.reject(fault) } });
  const response = await api.send(`/v1/builds/${BUILD_ID}`);
  const answer = await problem(response);
  expect(answer).toMatchObject({
    status: 500,
    code: 'internal',
    request_id: response.headers.get('x-request-id'),
  });
  expect(JSON.stringify(answer)).not.toContain('passwd');
  expect(api.events.find(({ name }) => name === 'requestFailed')?.event['error']).toBe(fault);
});

it('answers unavailable with Retry-After while the database is away', async () => {
  const away = new KilnError('unavailable', { detail: 'PostgreSQL: connection refused' });
  api = await startApi({ tokens: { resolveApiToken: () => Promise.reject(away) } });
  const response = await api.send('/v1/me');
  expect(await problem(response)).toMatchObject({ status: 503, code: 'unavailable', retryable: true });
  expect(response.headers.get('retry-after')).toBe('1');
});

it('is not ready, and names what does not answer', async () => {
  const never = (): Promise<void> => new Promise(() => undefined);
  const refuses = (): Promise<void> => Promise.reject(new KilnError('unavailable'));
  api = await startApi({ probes: { postgresql: refuses, temporal: never, other: () => Promise.resolve() } });
  const { status, fields } = await problem(await api.send('/readyz', { token: null }));
  expect(status).toBe(503);
  expect(fields.map(({ field }) => field)).toEqual(['postgresql', 'temporal']);
});
