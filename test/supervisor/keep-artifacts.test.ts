import { mkdtemp, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KeptArtifact } from '../../src/domain/builds/artifact.js';
import { KilnError } from '../../src/domain/errors.js';
import { BUILT_IN_LIMITS } from '../../src/domain/limits/effective-limits.js';
import { keepArtifacts, withArtifactLimit } from '../../src/supervisor/keep-artifacts.js';
import { Masks } from '../../src/supervisor/masks.js';
import { failureOf } from '../../src/supervisor/outcome.js';

type Arguments = Parameters<typeof keepArtifacts>;

const app: KeptArtifact = {
  ...{ name: 'app', type: 'build_output', mediaType: 'application/octet-stream' },
  ...{ sizeBytes: 5, sha256: 'a'.repeat(64) },
};
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kiln-keep-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A run whose plan keeps `app`; its api answers as `answers` say, one after the other. */
function aRun(answers: readonly (KilnError | null)[], keeps: readonly object[] = [{ path: 'x' }]) {
  const sent: unknown[] = [];
  const said: string[] = [];
  const left = [...answers];
  const journal = {
    state: { plan: { keeps } },
    limits: BUILT_IN_LIMITS,
    workspace: { artifacts: folder },
  } as unknown as Arguments[1];
  const holding = {
    signal: new AbortController().signal,
    effect: (call: (auth: object) => Promise<void>) => call({ token: 'lease-token' }),
  } as unknown as Arguments[2];
  const deps = {
    limits: { retryFirstMs: 1, retryMaxMs: 1 },
    controlPlane: {
      putArtifact: async (_auth: object, content: object, file: string) => {
        sent.push([content, await readFile(file, 'utf8')]);
        const answer = left.shift() ?? null;
        if (answer !== null) throw answer;
      },
    },
    takeArtifacts: async (_tars: unknown, into: string) => {
      await mkdir(into, { recursive: true });
      await writeFile(path.join(into, app.sha256), 'hello');
      return [app];
    },
  } as unknown as Arguments[0];
  const log = { say: (_id: string, text: string) => Promise.resolve(void said.push(text)) };
  return { deps, journal, holding, log: log as unknown as Arguments[3], sent, said };
}

const BYTES = [{ sha256: app.sha256, sizeBytes: 5 }, 'hello'];

test('what is kept is sent until it is stored, and the log says so', async () => {
  const run = aRun([new KilnError('unavailable'), null]);
  expect(await keepArtifacts(run.deps, run.journal, run.holding, run.log, new Masks())).toEqual([app]);
  expect(run.sent).toEqual([BYTES, BYTES]);
  expect(run.said).toEqual([`Kept app (5 B, sha256:${app.sha256})`]);
});

test('what the api does not take, such as for want of room, is a failure of the run', async () => {
  const run = aRun([new KilnError('disk_full')]);
  const work = keepArtifacts(run.deps, run.journal, run.holding, run.log, new Masks());
  await expect(work).rejects.toMatchObject({ code: 'disk_full' });
  expect(run.said).toEqual([]);
});

test('a plan that keeps nothing has nothing sent', async () => {
  const run = aRun([], []);
  expect(await keepArtifacts(run.deps, run.journal, run.holding, run.log, new Masks())).toEqual([]);
  expect(run.sent).toEqual([]);
});

test('too many bytes are told with the limit of the build and how to raise it, whoever has counted them', async () => {
  const text =
    'the limit artifact_max_bytes (1GiB, built in). Raise it: kiln limits set artifact_max_bytes=VALUE';
  const run = aRun([]);
  const counted = () => Promise.reject(new KilnError('artifact_too_large', { message: 'too many' }));
  const deps = { ...run.deps, takeArtifacts: counted };
  await expect(keepArtifacts(deps, run.journal, run.holding, run.log, new Masks())).rejects.toMatchObject({
    code: 'artifact_too_large',
    message: expect.stringContaining(text),
  });
  const failure = failureOf(new KilnError('artifact_too_large'), 'build');
  expect(withArtifactLimit(failure, run.journal).message).toContain(text);
  const other = failureOf(new KilnError('build_step_failed'), 'build');
  expect(withArtifactLimit(other, run.journal)).toBe(other);
});

test('test reports are kept without what the log hides, but for the words that reports are written with', async () => {
  const run = aRun([null]);
  const kept: string[] = [];
  const takeArtifacts: Arguments[0]['takeArtifacts'] = async (_tars, into, _maxBytes, mask) => {
    for await (const part of mask(
      Readable.from([Buffer.from('<failure>tok-98'), Buffer.from('765</failure>')]),
    ))
      kept.push(Buffer.from(part).toString());
    await mkdir(into, { recursive: true });
    await writeFile(path.join(into, app.sha256), 'hello');
    return [app];
  };
  const masks = new Masks([Buffer.from('tok-98765'), Buffer.from('failure')]);
  await keepArtifacts({ ...run.deps, takeArtifacts }, run.journal, run.holding, run.log, masks);
  expect(kept.join('')).toBe('<failure>***</failure>');
});
