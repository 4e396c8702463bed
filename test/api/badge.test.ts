import { FAKE_BADGE_TOKEN } from './support/fake-notifications.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const get = (query: string, headers: Record<string, string> = {}) =>
  api.send(`/v1/projects/hello/badge.svg?${query}`, { token: null, headers });

test('a badge is a picture that pages of others may show, and is not sent again while it is the same', async () => {
  const first = await get(`token=${FAKE_BADGE_TOKEN}`);
  expect(first.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
  expect(first.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  expect(await first.text()).toContain('passing');
  const etag = first.headers.get('etag') ?? '';
  const again = await get(`token=${FAKE_BADGE_TOKEN}`, { 'if-none-match': `"x", W/${etag}` });
  expect(again.status).toBe(304);
  expect(await again.text()).toBe('');
  expect((await get(`token=${FAKE_BADGE_TOKEN}&branch=main`, { 'if-none-match': etag })).status).toBe(200);
});

test('what is asked for with a name that is no text for XML comes out as text', async () => {
  const answer = await get(`token=${FAKE_BADGE_TOKEN}&branch=${encodeURIComponent('<script>"&')}`);
  const text = await answer.text();
  expect(text).toContain('&lt;script&gt;&quot;&amp;');
  expect(text).not.toContain('<script');
});
