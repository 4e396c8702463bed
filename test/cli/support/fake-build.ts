import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Build, BuildStep } from '../../../src/contracts/builds.js';
import type { Upload } from '../../../src/contracts/uploads.js';
import { eventStream, json, problem, startFakeApi, type FakeApi } from './fake-api.js';
import { aBuild, aChunk, aStep, aSuccess } from '../../support/api-records.js';

export const ID = '0198f4a2-2222-7000-8000-000000000001';
export const UPLOAD = '0198f4a2-3333-7000-8000-000000000001';
export const success = aSuccess({ id: ID });

/** A folder `My App` with a Dockerfile, and a Kiln that has every project. */
export async function aFolderAndKiln(): Promise<{ home: string; api: FakeApi; end: () => Promise<void> }> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'kiln-build-'));
  fs.mkdirSync(path.join(home, 'My App'));
  fs.writeFileSync(path.join(home, 'My App', 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
  fs.writeFileSync(path.join(home, 'My App', 'code.txt'), 'code');
  const api = await startFakeApi();
  api.on('GET /v1/projects/*', (_request, response) =>
    json(response, 200, { defaults: {}, destinations: [] }),
  );
  const end = async (): Promise<void> => {
    fs.rmSync(home, { recursive: true, force: true });
    await api.close();
  };
  return { home, api, end };
}

/** An upload of which nothing is missing. */
export function anUpload(given: Partial<Upload> = {}): Upload {
  const created_at = success.created_at;
  return { id: UPLOAD, sha256: '', size_bytes: 1, entry_count: 2, missing: [], created_at, ...given };
}

/** A Kiln that has the contents of every context, takes the build, and lets it end as given. */
export function endsAs(
  api: FakeApi,
  build: Build,
  steps: BuildStep[] = [aStep(1, 'FROM scratch', { cached: true }), aStep(2, 'COPY . /')],
): void {
  api.on('PUT /v1/uploads/sha256/*', (request, response) => {
    const digest = createHash('sha256').update(Buffer.from(request.body, 'latin1')).digest('hex');
    if (!request.path.endsWith(digest)) return problem(response, 'digest_mismatch');
    json(response, 200, anUpload({ sha256: digest }));
  });
  for (const slug of ['my-app', 'hello']) {
    api.on(`POST /v1/projects/${slug}/builds`, (_request, response) =>
      json(response, 202, { ...aBuild({ id: ID, status: 'queued' }) }),
    );
  }
  api.on(`GET /v1/builds/${ID}`, (_request, response) => json(response, 200, build));
  api.on(`GET /v1/builds/${ID}/steps`, (_request, response) => json(response, 200, { items: steps }));
  api.on(`GET /v1/builds/${ID}/events`, (_request, response) => {
    const send = eventStream(response);
    send('build', aBuild({ id: ID }));
    for (const step of steps) send('step', step);
    send('build', build);
    send('end', { status: build.status });
    response.end();
  });
  api.on(`GET /v1/builds/${ID}/log/events`, (_request, response) => {
    const send = eventStream(response);
    send('log', aChunk(0, 'compiling\u001b]0;owned\u0007\n', { step_number: 2 }), '1.0');
    send('end', {});
    response.end();
  });
}
