import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curlOf } from '../../src/contracts/curl.js';
import { PUBLIC_OPERATIONS } from '../../src/contracts/index.js';
import { html } from '../../src/api/reference/html.js';
import { ERRORS } from '../../src/domain/errors.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

let api: ApiUnderTest;
let page: Response;
let text: string;

beforeAll(async () => {
  api = await startApi();
  page = await api.send('/docs', { token: null });
  text = await page.text();
});
afterAll(() => api.close());

const unescaped = (shown: string): string =>
  shown
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

describe('the API reference', () => {
  it('is there for everybody, and is asked for again only when it has changed', async () => {
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const etag = page.headers.get('etag') as string;
    /* As a browser asks; fetch of Node adds a cache-control of its own. */
    const asked = request(`${api.url}/docs`, { headers: { 'if-none-match': etag } }).end();
    const [again] = (await once(asked, 'response')) as [IncomingMessage];
    expect(again.resume().statusCode).toBe(304);
  });

  it('lets a browser load from its own api only, and nothing inline', () => {
    const policy = page.headers.get('content-security-policy') as string;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/unsafe|https:|upgrade-insecure-requests/);
    expect(text).not.toMatch(/ (?:src|href|action)="(?:https?:)?\/\//);
    expect(text).not.toMatch(/<style| style=| on\w+="|<script(?! src)/);
  });

  it('names style and script by their content, to be kept for good', async () => {
    const assets = [...text.matchAll(/(?:href|src)="(docs\/[0-9a-f]{16}\.(?:css|js))"/g)].map(
      ([, path]) => path,
    );
    expect(assets).toHaveLength(2);
    for (const path of assets) {
      const asset = await api.send(`/${path}`, { token: null });
      expect(asset.status).toBe(200);
      expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(asset.headers.get('content-type')).toMatch(/^text\/(?:css|javascript)/);
    }
    expect((await api.send('/docs/theme.css')).status).toBe(404);
  });

  it('is where a browser is led from the root, and a program is not', async () => {
    const ask = (accept: string) => fetch(api.url, { redirect: 'manual', headers: { accept } });
    const led = await ask('text/html,application/xhtml+xml,*/*;q=0.8');
    expect([led.status, led.headers.get('location')]).toEqual([302, 'docs']);
    expect((await ask('*/*')).status).toBe(404);
  });

  it('is found with a slash at the end too', async () => {
    const answer = await fetch(`${api.url}/docs/`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([308, '../docs']);
  });

  it.each(PUBLIC_OPERATIONS.map((operation) => [operation.id, operation] as const))(
    'shows %s with its command and the remedy of each of its errors',
    (id, operation) => {
      const from = text.indexOf(`<article id="${id}"`);
      const section = unescaped(text.slice(from, text.indexOf('</article>', from)));
      expect(section).toContain(curlOf(operation));
      for (const code of operation.errors) {
        expect(section).toContain(`${ERRORS[code].status} ${code}`);
        expect(section.replaceAll(/<\/?code>/g, '')).toContain(ERRORS[code].fix.replaceAll('`', ''));
      }
    },
  );

  it('has no link that leads nowhere', () => {
    const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const wanted = [...text.matchAll(/ href="#([^"]+)"/g)].map(([, id]) => id);
    expect(wanted.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('reports who asked for it as any other request', () => {
    expect(api.events).toContainEqual(
      expect.objectContaining({
        name: 'requestServed',
        event: expect.objectContaining({ operation: 'reference' }) as unknown,
      }),
    );
  });
});

it('escapes every value of a page', () => {
  expect(html`<p title="${`"'>`}">${'<b>&'}${[html`<i>${1}</i>`, null]}</p>`.text).toBe(
    '<p title="&quot;&#39;&gt;">&lt;b&gt;&amp;<i>1</i></p>',
  );
});
