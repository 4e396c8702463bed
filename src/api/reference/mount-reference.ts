import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Express, Request, Response } from 'express';
import type { ApiDeps } from '../deps.js';
import { reportRequest } from '../report-request.js';
import { referencePage } from './page.js';

/** The page loads its own style and script and calls its own api; nothing else, from nowhere else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const A_YEAR_SECONDS = 31_536_000;

interface Served {
  readonly content: Buffer;
  readonly contentType: string;
  readonly digest: string;
}

/**
 * Serves the API reference at /docs, without a token, and its style and script under names that carry their digest. Reads both
 * from the folder `web` once; throws when they are not there. The page is made when it is first asked for.
 */
export function mountReference(app: Express, deps: Pick<ApiDeps, 'events' | 'webFolder' | 'version'>): void {
  const read = (file: string): Buffer => readFileSync(join(deps.webFolder, file));
  const style = served(Buffer.concat([read('theme.css'), read('reference.css')]), 'text/css; charset=utf-8');
  const script = served(read('reference.js'), 'text/javascript; charset=utf-8');
  const assets = { style: `docs/${style.digest}.css`, script: `docs/${script.digest}.js` };
  let page: Served | undefined;
  const servedPage = (): Served =>
    (page ??= served(Buffer.from(referencePage(assets, deps.version)), 'text/html; charset=utf-8'));

  const serveAt = (path: string, what: () => Served, cacheControl: string): void => {
    app.get(path, (request, response) => {
      reportRequest(deps.events, 'reference', request, response);
      send(what(), cacheControl, request, response);
    });
  };
  serveAt(`/${assets.style}`, () => style, `public, max-age=${A_YEAR_SECONDS}, immutable`);
  serveAt(`/${assets.script}`, () => script, `public, max-age=${A_YEAR_SECONDS}, immutable`);
  serveAt('/docs', servedPage, 'no-cache');
  /* Who opens the address of the api in a browser sees what it can do; programs still hear that nothing is there. */
  app.get('/', (request, response, next) => {
    if (request.accepts(['json', 'html']) !== 'html') return next();
    reportRequest(deps.events, 'reference', request, response);
    response.redirect(302, 'docs');
  });
}

function served(content: Buffer, contentType: string): Served {
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 16);
  return { content, contentType, digest };
}

function send(what: Served, cacheControl: string, request: Request, response: Response): void {
  /* The links of the page are relative, so that a proxy may serve it under a prefix. */
  if (request.path === '/docs/') return response.redirect(308, '../docs');
  response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
  response.setHeader('cache-control', cacheControl);
  response.setHeader('etag', `"${what.digest}"`);
  response.type(what.contentType);
  if (request.fresh) response.status(304).end();
  else response.send(what.content);
}
